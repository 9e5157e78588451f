// The signs of a score as SVG paths, drawn for Lilt. Units: one staff space; y grows downwards; each has its own origin.
export const CLEF = "M.42.62C-.25.45-.25-.55.5-.62 1.5-.7 1.75.95.45 1.02-1.1 1.05-1.5-.75-.55-1.8.1-2.55 1.1-3 1.12-4.1" +
  " 1.12-4.75.8-5.15.6-5.1.2-5-.02-4.2.12-3.3L.8 1.9C.9 2.6.25 2.95-.2 2.65";
export const SHARP = "M-.2-1.2V1.3M.2-1.3V1.2M-.45-.28L.45-.55M-.45.55L.45.28";
export const FLAT = "M-.3-1.7V.62C.1.42.48.08.48-.28.48-.62.02-.62-.3-.22";
export const NATURAL = "M-.25-1.3V.55L.25.4M.25 1.3V-.55L-.25-.4";
export const ACCIDENTALS = { "-2": [FLAT, FLAT], "-1": [FLAT], 0: [NATURAL], 1: [SHARP], 2: [SHARP, SHARP] };
export const FLAG = "M0 0C.15.9 1.1 1.1.75 2.4 .8 1.6.3 1.25 0 1.2Z";
export const REST4 = "M-.3-1.4L.3-.6C-.2-.25-.15.1.4.65-.15.45-.5.75.05 1.4";
export const REST8 = "M-.35-.5C-.1-.1.3-.2.45-.65L.05 1.1";
