// The score for a music stand: larger, in the reader's clef, with chord names above it.
import { Staff, make, path, S, y } from "./staff.js";

const F_CLEF = "M-.95.05C-1-1.15 1-1.4 1 .3 1 1.65-.2 2.5-1.15 2.85";
const C_CLEF = "M-.45-2V2M-.25 0C.35-.15.4-.75.4-1.05M.4-.75C.75-.55 1.3-.85 1.3-1.4 1.3-2.1.45-2.15.15-1.65M-.25 0C.35.15.4.75.4 1.05M.4.75C.75.55 1.3.85 1.3 1.4 1.3 2.1.45 2.15.15 1.65";

export class BandStaff extends Staff {
  constructor(...given) { super(...given); this.clef = "treble"; this.zoom = 1.6; }

  draw() {
    this.zoom = this.view.clientWidth < 600 ? 1.2 : 1.7;
    super.draw();
  }

  drawClef(group, x) {
    if (this.clef === "treble" || this.clef === "treble8") {
      super.drawClef(group, x);
      if (this.clef === "treble8") make(group, "text", { x: x + 1, y: y(-1) + 2, class: "mark", "text-anchor": "middle" }, "8");
      return;
    }
    if (this.clef === "bass") {
      path(group, F_CLEF, x, y(8));
      make(group, "circle", { cx: x - .65 * S, cy: y(8) + .1 * S, r: .36 * S, class: "ink solid" });
      for (const by of [-.5, .5]) make(group, "circle", { cx: x + 1.4 * S, cy: y(8) + by * S, r: .18 * S, class: "ink solid" });
      return;
    }
    const middle = y(this.clef === "alto" ? 6 : 8);
    make(group, "rect", { x: x - 1.05 * S, y: middle - 2 * S, width: .38 * S, height: 4 * S, class: "ink solid" });
    path(group, C_CLEF, x, middle);
  }

  measure(row, span, column, before) {
    super.measure(row, span, column, before);
    const left = row.left + column * row.wide, place = span.place ?? ((at) => left + 1.5 * S + (row.wide - 2.1 * S) * at / 8);
    for (const [at, name] of span.chords ?? [])
      make(row.group, "text", { x: place(at), y: y(10) - 2.4 * S, class: "chord" }, name);
  }
}
