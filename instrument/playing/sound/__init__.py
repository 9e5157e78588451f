"""Built-in synth, in the order of its signal path: timbres, wavetables, voices, reverb, limiter.

All of it is arithmetic on arrays allocated beforehand, in blocks of `BLOCK` frames aligned to absolute frames, so
that what is heard does not depend on how many frames the sound card asks for at a time.
"""

BLOCK = 256  #: frames rendered at once: 5.3 ms at 48 kHz; all changes of volume are ramps over one block
