# Lilt and Sonic Pi: its melody on a synth of yours, and a phrase of yours to it.
# In Sonic Pi allow OSC from other programs (Prefs, IO), then run this while Lilt plays.
use_osc "127.0.0.1", 9127

live_loop :asking do # once a minute or oftener, or it is forgotten; Sonic Pi hears on port 4560, and reads no bundles: 0
  osc "/lilt/subscribe", 4560, "/lilt/note/melody/*", 30, 0
  sleep 20
end

sounding = {}

live_loop :melody do
  use_real_time
  number, velocity = sync "/osc*/lilt/note/melody/on"
  sounding[number] = synth :pluck, note: number, amp: velocity / 127.0, note_slide: 0.01
end

live_loop :bends do # of a note that sounds, in semitones
  use_real_time
  number, semitones = sync "/osc*/lilt/note/melody/bend"
  control sounding[number], note: number + semitones if sounding[number]
end

# keys of yours: what they do is up to /lilt/play/way
define :phrase do
  [:d4, :e4, :fs4, :a4, :b4, :a4].each do |name|
    osc "/lilt/note", name.to_s, 0.8, 0.2
    sleep 0.25
  end
end

phrase
