// The page's address for a phone: as text, and as a QR code that is fetched when it is looked at.
const $ = (id) => document.getElementById(id);

export function showPhone({ address, code, missing }) {
  const picture = $("qr"), word = (text) => Object.assign(document.createElement("b"), { textContent: text });
  $("phone-what").replaceChildren(...(address
    ? ["Scan this, or open ", word(address), ...(code ? [" and give the code ", word(code)] : []), ". The phone has to be in the same network."]
    : [`${missing[0].toUpperCase()}${missing.slice(1)}.`]));
  picture.hidden = !address;
  picture.alt = address ? `QR code of ${address}` : "";
  const fetchIt = () => { if (address && $("phone").open) picture.src = `qr.svg?${encodeURIComponent(address)}`; };
  $("phone").ontoggle = fetchIt;
  fetchIt();
}
