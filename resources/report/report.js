"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const el = (name, attributes = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "class") node.className = value;
      else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (value !== undefined && value !== null) node.setAttribute(key, value);
    }
    node.append(...children);
    return node;
  };
  const svg = (name, attributes = {}, ...children) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  };
  const count = (n) => n.toLocaleString("en-US");
  const short = (x) => {
    if (x === null || x === undefined) return "–";
    if (x === 0) return "0";
    const size = Math.abs(x);
    return size >= 1e-3 && size < 1e5 ? String(Number(x.toPrecision(3))) : x.toExponential(1);
  };
  const scaled = (x, unit) => {
    const prefixes = ["", "k", "M", "G", "T", "P"];
    let i = 0;
    while (x >= 1000 && i < prefixes.length - 1) { x /= 1000; ++i; }
    return `${Number(x.toPrecision(3))} ${prefixes[i]}${unit}`.trim();
  };
  const one = (x) => (x === null ? "–" : x.toLocaleString("en-US", { maximumFractionDigits: 1 }));

  // ---- A token in the trace
  const names = { k: "kept", r: "recycled", d: "dropped" };
  const last = data.states.length - 1;
  const hasCls = data.blocks.some((block) => block.cls !== null);
  const words = new Map(data.words);
  // A token that is not a patch has no row: CLS, one that shows nothing, such as a newline, or a word between frames.
  const place = (token) => {
    const block = data.blocks.find((b) => token < b.end), frame = block.frame;
    if (words.has(token)) return { block, frame, cls: false, word: true };
    if (token === block.cls) return { block, frame, cls: true };
    const row = Math.floor((token - block.first) / block.step), column = (token - block.first) % block.step;
    const patch = token >= block.first && row < block.rows && column < block.columns;
    return patch ? { block, frame, cls: false, row, column } : { block, frame, cls: false };
  };
  const covers = (block, f) => block.frame <= f && f < block.frame + block.frames;
  const framesText = ({ frame, frames }) => (frames === 1 ? `frame ${frame + 1}` : `frames ${frame + 1} to ${frame + frames}`);
  // Which of several blocks of a frame: a tile's place, or the overview.
  const blockText = (block) => (!data.overview ? "" : block.tiles ? ", tiles" : ", overview");
  const placeText = (token) => {
    const p = place(token), where = framesText(p.block);
    if (p.word) return `${where}, the word “${decoded(words.get(token)).trim()}”, which nothing prunes`;
    if (p.cls) return `${where}, CLS`;
    return p.row === undefined ? `${where}${blockText(p.block)}, a newline or another token without a patch`
      : `${where}${blockText(p.block)}, row ${p.row + 1}, column ${p.column + 1}`;
  };
  const blocksOf = (f) => data.blocks.filter((b) => b[view.blocks] && covers(b, f));
  // The place of a block on a frame, as shares of the frame.
  const windowOf = (block, f) => {
    const [left, top, width, height] = data.frames[f].window, [x, y, w, h] = block.part;
    return [left + x * width, top + y * height, w * width, h * height];
  };
  // Calls each(token, row, column, block) for every visible patch of a frame.
  const patchesOf = (f, each) => {
    for (const block of blocksOf(f))
      for (let row = 0; row < block.rows; ++row)
        for (let column = 0; column < block.columns; ++column) each(block.first + row * block.step + column, row, column, block);
  };
  const memberLists = data.states.map(() => null);
  const members = (behind, id) => {
    if (!memberLists[behind]) {
      const lists = new Map();
      const state = data.states[behind];
      state.as.forEach((as, token) => {
        if (state.fates[token] === "d") return;
        if (!lists.has(as)) lists.set(as, []);
        lists.get(as).push(token);
      });
      memberLists[behind] = lists;
    }
    return memberLists[behind].get(id) || [];
  };
  // A colour for each merged token after a step: the largest first, colours in turn.
  const kindMaps = data.states.map(() => null);
  const kinds = (behind) => {
    if (!kindMaps[behind]) {
      const state = data.states[behind], sizes = new Map();
      state.as.forEach((as, token) => { if (state.fates[token] === "r") sizes.set(as, (sizes.get(as) || 0) + 1); });
      const order = [...sizes].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
      kindMaps[behind] = new Map(order.map(([id], i) => [id, data.colours.kinds[i % data.colours.kinds.length]]));
    }
    return kindMaps[behind];
  };

  // ---- The positions of the slider: before pruning, after each step before the decoder, after each layer
  const positions = [{ title: "Before pruning", behind: 0, layer: -1 }];
  data.states.forEach((state, behind) => {
    if (behind > 0 && (state.layer < 0 || data.layers.length === 0))
      positions.push({ title: state.title.replace(/^./, (c) => c.toUpperCase()), behind, layer: -1 });
  });
  data.layers.forEach((layer, l) => positions.push({ title: `After layer ${l}`, behind: layer.behind, layer: l }));
  const positionOfStep = (behind) => positions.findIndex((p) => p.behind === behind);

  const view = { mode: "score", blocks: "tiles", position: 0, opacity: 0.8, palette: data.colours.chosen, hover: null, pinned: null };
  const behind = () => positions[view.position].behind;

  // ---- Head
  const decoded = (piece) => piece.replace(/\u2581/g, " ").replace(/<0x0A>/g, "\n");
  document.title = `${data.file} · Sparsight`;
  byId("file").textContent = data.file;
  byId("question").textContent = data.question;
  byId("answer").textContent = data.answer || "(no answer)";
  const tokensLeft = () => {
    const state = data.states[last];
    return last === 0 ? data.visual_tokens : state.left;
  };
  const facts = byId("facts");
  const fact = (value, ...lines) => facts.append(el("div", { class: "fact" }, el("b", {}, value),
    ...lines.map((line) => el("span", {}, line))));
  fact(data.strategy === "none" ? "no pruning" : data.strategy,
    data.strategy === "none" ? "every token goes through every layer" : data.budget ? `budget: ${data.budget}` : "budget: as published");
  fact(`${count(data.visual_tokens)} → ${count(tokensLeft())}`, "visual tokens, first to last layer");
  const mean = (x) => x.toLocaleString("en-US", { maximumFractionDigits: x < 100 ? 1 : 0 });
  fact(mean(data.by_output), "mean visual tokens per layer, by output: as they leave it (the papers' count)");
  fact(mean(data.by_input), "mean visual tokens per layer, by input: as they enter it (what is computed)");
  if (data.decode_visual_keys.length)
    fact(mean(data.decode_visual_keys.reduce((a, b) => a + b, 0) / data.decode_visual_keys.length),
      "visual keys that the last layer attends to while answering, averaged over the answer's tokens");
  if (data.layers.length)
    fact(scaled(data.flops_true, "FLOP"), data.flops_unpruned
      ? `in the decoder, exact: ${Math.round(100 * (1 - data.flops_true / data.flops_unpruned))} % fewer than with all tokens`
      : "in the decoder, exact: additions and multiplications",
      `${scaled(data.flops_formula, "")} multiply-adds by the papers' formula`);
  const choosing = `of these ${one(data.strategy_ms)} ms to choose what to prune`;
  if (data.prompt_tokens)
    fact(`${one(data.prefill_ms)} ms`, `to read ${count(data.prompt_tokens)} prompt tokens`, choosing);
  else if (data.layers.length)  // the page shows a trace alone
    fact(`${one(data.layers.reduce((sum, layer) => sum + layer.ms, data.strategy_ms))} ms`,
      "in the decoder's layers, to read the prompt", choosing);

  // ---- The question's words
  const asked = byId("words");
  const raters = new Set(data.raters);
  const most = Math.max(...data.weights.filter((w) => w !== null), 0);
  data.text.forEach((piece, i) => {
    const weight = data.weights[i];
    const text = decoded(piece);
    const shown = text.replace(/\n/g, "⏎");
    const word = el("span", {
      class: `word${raters.has(i) ? " rater" : ""}${shown !== text ? " line" : ""}`,
      title: `${raters.has(i) ? "rater" : "not a rater"}${weight !== undefined ? `, weight ${short(weight)}` : ""}`,
    }, shown);
    if (most > 0 && weight) word.style.background = `rgb(230 159 0 / ${(0.7 * weight / most).toFixed(3)})`;
    asked.append(word);
  });
  if (!data.raters.length && !data.weights.length) {
    byId("raters").querySelector("h2").textContent = "The prompt after the video";
    byId("raters-note").textContent = "This strategy does not use the question's words.";
  } else {
    byId("raters-note").textContent = "Underlined tokens of the prompt are the raters: their attention scores the visual tokens." +
      (most > 0 ? " The stronger the colour, the greater the weight that chose them." : "");
    if (most > 0) byId("ramp").append("0", el("i"), short(most));
  }

  // ---- Frames
  // Frames whose tokens a frame shares.
  const spanText = (f) => {
    const block = blocksOf(f).find((b) => b.frames > 1);
    return block ? `, tokens of frames ${block.frame + 1}–${block.frame + block.frames}` : "";
  };
  const grid = byId("grid");
  const frames = data.frames.map((frame, f) => {
    const paint = el("canvas", { width: frame.width, height: frame.height, "aria-hidden": "true" });
    const marks = el("canvas", { "aria-hidden": "true" });
    const picture = el("div", { class: "picture" }, el("img", { src: frame.image, width: frame.width, height: frame.height,
      alt: `Frame ${f + 1}` }), paint, marks);
    const caption = el("figcaption", {}, el("b", {}, `Frame ${f + 1}`), el("span", { class: "quiet grow" },
      data.is_image ? "" : `no. ${frame.index}, ${frame.time_text}${spanText(f)}`));
    let cls = null;
    const own = data.blocks.find((block) => covers(block, f) && block.cls !== null);
    if (own) {
      const token = own.cls;
      cls = el("button", { class: "cls", type: "button", title: "Stands for the whole frame; it has no place in the grid",
        onpointerenter: (e) => hover(token, e), onpointerleave: () => hover(null),
        onclick: (e) => pin(token, e) }, el("i", { class: "swatch" }), "CLS");
      caption.append(cls);
    }
    grid.append(el("figure", { class: "frame" }, picture, caption));
    const tokenAt = (e) => {
      const box = picture.getBoundingClientRect();
      for (const block of blocksOf(f).reverse()) {
        const [left, top, width, height] = windowOf(block, f);
        const column = Math.floor(((e.clientX - box.left) / box.width - left) / width * block.columns);
        const row = Math.floor(((e.clientY - box.top) / box.height - top) / height * block.rows);
        if (column >= 0 && row >= 0 && column < block.columns && row < block.rows)
          return block.first + row * block.step + column;
      }
      return null;
    };
    picture.addEventListener("pointermove", (e) => hover(tokenAt(e), e));
    picture.addEventListener("pointerleave", () => hover(null));
    picture.addEventListener("click", (e) => pin(tokenAt(e), e));
    return { frame, paint, marks, cls, clsToken: own ? own.cls : null, picture };
  });

  const mode = () => (view.mode === "score" && !data.states[behind()].levels ? "fate" : view.mode);
  // Colour and opacity of a token, or null if the frame shows through.
  const look = (token) => {
    const state = data.states[behind()], c = data.colours, fate = state.fates[token];
    if (mode() === "score") {
      const level = state.levels[token];
      return level === null ? [c.gone, c.covers.gone] : [c[view.palette][level], c.covers.score];
    }
    if (fate === "k") return null;
    if (fate === "d") return [c.gone, c.covers.gone];
    return [mode() === "fate" ? c.kinds[0] : kinds(behind()).get(state.as[token]), c.covers.recycled];
  };
  // What the model never saw.
  const hatch = el("canvas", { width: data.colours.hatch.period, height: data.colours.hatch.period });
  {
    const { period, stripe, ground, line } = data.colours.hatch, context = hatch.getContext("2d");
    for (let y = 0; y < period; ++y)
      for (let x = 0; x < period; ++x) {
        context.fillStyle = (x + y) % period < stripe ? line : ground;
        context.fillRect(x, y, 1, 1);
      }
  }
  const cellBox = (token, f, width, height) => {
    const { block, row, column } = place(token), [left, top, w, h] = windowOf(block, f);
    const x0 = Math.round((left + w * column / block.columns) * width), x1 = Math.round((left + w * (column + 1) / block.columns) * width);
    const y0 = Math.round((top + h * row / block.rows) * height), y1 = Math.round((top + h * (row + 1) / block.rows) * height);
    return [x0, y0, x1 - x0, y1 - y0];
  };
  // Lines between tokens of different fates, or of different merged tokens.
  const drawEdges = (context, f, width, height) => {
    if (mode() === "score") return;
    const state = data.states[behind()];
    const kind = (token) => (state.fates[token] !== "r" ? state.fates[token] : mode() === "fate" ? "r" : state.as[token]);
    context.globalAlpha = 0.75 * view.opacity;
    context.strokeStyle = "#ffffff";
    context.lineWidth = Math.max(1, width / 640);
    context.beginPath();
    patchesOf(f, (token, row, column, block) => {
      const [x, y, w, h] = cellBox(token, f, width, height);
      if (column > 0 && kind(token) !== kind(token - 1)) { context.moveTo(x, y); context.lineTo(x, y + h); }
      if (row > 0 && kind(token) !== kind(token - block.step)) { context.moveTo(x, y); context.lineTo(x + w, y); }
    });
    context.stroke();
  };
  const paintFrame = ({ frame, paint, cls, clsToken }, f) => {
    const context = paint.getContext("2d"), { width, height } = paint;
    context.clearRect(0, 0, width, height);
    if (frame.unseen[view.blocks]) {
      context.globalAlpha = data.colours.covers.unseen * view.opacity;
      context.fillStyle = context.createPattern(hatch, "repeat");
      context.fillRect(0, 0, width, height);
      blocksOf(f).forEach((block) => {
        const [left, top, w, h] = windowOf(block, f).map((share, i) => share * (i % 2 ? height : width));
        const x = Math.round(left), y = Math.round(top);
        context.clearRect(x, y, Math.round(left + w) - x, Math.round(top + h) - y);
      });
    }
    patchesOf(f, (token) => {
      const paint = look(token);
      if (!paint) return;
      context.globalAlpha = paint[1] * view.opacity;
      context.fillStyle = paint[0];
      context.fillRect(...cellBox(token, f, width, height));
    });
    drawEdges(context, f, width, height);
    context.globalAlpha = 1;
    if (cls) {
      const paint = look(clsToken);
      const swatch = cls.firstChild;
      swatch.className = paint ? "swatch" : "swatch clear";
      swatch.style.background = paint ? paint[0] : "";
    }
  };
  const marked = () => (view.pinned !== null ? view.pinned : view.hover);
  const siblings = () => {
    const token = marked();
    if (token === null) return [];
    const state = data.states[behind()];
    return state.fates[token] === "d" ? [token] : members(behind(), state.as[token]);
  };
  const paintMarks = () => {
    const token = marked(), group = new Set(siblings());
    frames.forEach(({ marks, cls, clsToken, picture }, f) => {
      const ratio = window.devicePixelRatio || 1;
      const width = Math.round(picture.clientWidth * ratio), height = Math.round(picture.clientHeight * ratio);
      if (marks.width !== width || marks.height !== height) { marks.width = width; marks.height = height; }
      const context = marks.getContext("2d");
      context.clearRect(0, 0, width, height);
      const blocks = blocksOf(f);
      for (const id of new Set([...group, ...(token === null ? [] : [token])])) {
        const p = place(id);
        if (p.row === undefined || !blocks.includes(p.block)) continue;
        const [x, y, w, h] = cellBox(id, f, width, height);
        context.lineWidth = (id === token ? 5 : 3.5) * ratio;
        context.strokeStyle = "#000000b0";
        context.strokeRect(x, y, w, h);
        context.lineWidth = (id === token ? 3 : 1.8) * ratio;
        context.strokeStyle = id === token ? "#ffffff" : "#35e0ff";
        context.strokeRect(x, y, w, h);
      }
      if (cls) cls.classList.toggle("on", group.has(clsToken) || token === clsToken);
    });
  };

  // ---- A token under the pointer
  const tip = byId("tip");
  const fill = (token) => {
    const state = data.states[behind()], fate = state.fates[token], as = state.as[token];
    const left = data.left_at[token];
    const head = el("h3", {}, `Token ${count(token)}`);
    if (view.pinned !== null) head.append(el("button", { type: "button", title: "Let go (Escape)", onclick: () => pin(null) }, "×"));
    const table = el("table");
    data.states.forEach((s, b) => {
      if (b === 0) return;
      let text = names[s.fates[token]];
      if (s.scores) text = `${s.scores[token] === null ? "" : `score ${short(s.scores[token])}, `}${text}`;
      table.append(el("tr", {}, el("td", { class: "quiet" }, s.title), el("td", {}, text)));
    });
    tip.replaceChildren(head, el("p", {}, placeText(token)));
    if (last > 0) tip.append(table);
    if (left !== null) tip.append(el("p", { class: "quiet" }, `Merged or dropped ${data.states[left + 1].title}.`));
    else if (last > 0) tip.append(el("p", { class: "quiet" }, "Goes through the whole decoder as itself."));
    if (fate !== "d") {
      const with_ = members(behind(), as).filter((id) => id !== token);
      if (with_.length) {
        const some = with_.slice(0, 4).map((id) => `${id} (${placeText(id)})`).join("; ");
        tip.append(el("p", {}, fate === "r" ? `Merged into token ${count(as)}, with ${count(with_.length)} more:` :
          `Holds ${count(with_.length)} more:`), el("p", { class: "quiet" },
          some + (with_.length > 4 ? `; and ${count(with_.length - 4)} more, outlined` : "")));
      }
    }
  };
  const placeTip = (e) => {
    const box = tip.getBoundingClientRect(), gap = 16;
    let x = e.clientX + gap, y = e.clientY + gap;
    if (x + box.width > innerWidth - 8) x = Math.max(8, e.clientX - gap - box.width);
    if (y + box.height > innerHeight - 8) y = Math.max(8, innerHeight - 8 - box.height);
    tip.style.left = `${x}px`;
    tip.style.top = `${y}px`;
  };
  const showTip = (e) => {
    const token = marked();
    tip.hidden = token === null;
    tip.classList.toggle("pinned", view.pinned !== null);
    if (token === null) return;
    fill(token);
    if (e) placeTip(e);
  };
  const hover = (token, e) => {
    if (view.pinned !== null) return;
    const changed = token !== view.hover;
    view.hover = token;
    if (changed) { showTip(e); paintMarks(); } else if (e && token !== null) placeTip(e);
  };
  const pin = (token, e) => {
    view.pinned = token === view.pinned ? null : token;
    view.hover = null;
    showTip(e);
    paintMarks();
    drawRows();
  };
  addEventListener("keydown", (e) => { if (e.key === "Escape") pin(null); });

  // ---- Controls
  const press = (group, value) => group.querySelectorAll("button").forEach((b) =>
    b.setAttribute("aria-pressed", String(b.dataset.value === value)));
  const choices = (group, list, start, on) => {
    for (const [value, title] of list) {
      const button = el("button", { type: "button", onclick: () => { press(group, value); on(value); } }, title);
      button.dataset.value = value;
      group.append(button);
    }
    press(group, start);
  };
  choices(byId("modes"), [["score", "Score"], ["fate", "Fate"], ["clusters", "Clusters"]], view.mode,
    (value) => { view.mode = value; draw(); });
  if (data.overview)
    choices(byId("views"), [["tiles", "Tiles"], ["overview", "Overview"]], view.blocks, (value) => { view.blocks = value; draw(); });
  else
    byId("views").hidden = true;
  const size = (value) => { grid.style.setProperty("--frame", value); paintMarks(); };
  const firstSize = data.frames.length > 2 ? "320px" : "640px";
  choices(byId("sizes"), [["240px", "S"], ["320px", "M"], ["640px", "L"]], firstSize, size);
  grid.style.setProperty("--frame", firstSize);
  const slider = byId("position");
  slider.max = positions.length - 1;
  slider.addEventListener("input", () => go(Number(slider.value)));
  byId("opacity").addEventListener("input", (e) => { view.opacity = e.target.value / 100; draw(); });
  byId("palette").value = view.palette;
  byId("palette").addEventListener("change", (e) => { view.palette = e.target.value; draw(); });
  const theme = (name) => { document.documentElement.dataset.theme = name; };
  const darkWanted = matchMedia("(prefers-color-scheme: dark)");
  theme(darkWanted.matches ? "dark" : "light");
  darkWanted.addEventListener("change", (e) => theme(e.matches ? "dark" : "light"));
  byId("theme").addEventListener("click", () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));

  // ---- Charts: x runs over layers, a step's edge lies between two
  const tokensAt = [...data.layers.map((l) => l.visual_in)];
  const finalTokens = data.layers.length ? data.layers[data.layers.length - 1].visual_out : tokensLeft();
  const chart = (host, width, height, series, format, options = {}) => {
    const left = options.bare ? 0 : 54, bottom = options.bare ? 2 : 22, top = options.bare ? 4 : 8;
    const n = Math.max(data.layers.length, 1);
    const max = Math.max(...series.flatMap((s) => [...s.values, s.start ?? 0]), 1e-12) * 1.06;
    const x = (l) => left + (width - left - 2) * l / n;
    const y = (v) => top + (height - top - bottom) * (1 - v / max);
    const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", preserveAspectRatio: options.bare ? "none" : "xMidYMid meet" });
    if (!options.bare) {
      const rough = max / 4, ten = 10 ** Math.floor(Math.log10(rough));
      const step = ten * [1, 2, 5, 10].find((m) => m * ten >= rough);
      for (let v = 0; v <= max; v += step) {
        root.append(svg("line", { class: "gridline", x1: left, x2: width, y1: y(v), y2: y(v) }));
        root.append(svg("text", { x: left - 8, y: y(v) + 4, "text-anchor": "end" }, document.createTextNode(format(v))));
      }
      const every = Math.ceil(n / (width / 34));
      for (let l = 0; l < n; l += every)
        root.append(svg("text", { x: x(l + 0.5), y: height - 5, "text-anchor": "middle" }, document.createTextNode(String(l))));
    }
    for (const s of series) {
      if (s.bars) {
        s.values.forEach((v, l) => root.append(svg("rect", { x: x(l) + 1, y: y(v), width: Math.max(1, x(l + 1) - x(l) - 2),
          height: y(0) - y(v), rx: Math.min(2, (x(l + 1) - x(l)) / 6), fill: s.colour })));
        continue;
      }
      let d = `M${x(0)} ${y(s.start ?? s.values[0])}`;
      s.values.forEach((v, l) => { d += `V${y(v)}H${x(l + 1)}`; });
      if (s.end !== undefined) d += `V${y(s.end)}`;
      if (s.filled) root.append(svg("path", { d: `${d}V${y(0)}H${x(0)}Z`, fill: s.colour, "fill-opacity": 0.14 }));
      root.append(svg("path", { d, fill: "none", stroke: s.colour, "stroke-width": 2, "stroke-linejoin": "round",
        "vector-effect": "non-scaling-stroke" }));
    }
    const cursor = svg("line", { class: "cursor", y1: top, y2: y(0), "vector-effect": "non-scaling-stroke" });
    root.append(cursor);
    const layerAt = (e) => {
      const box = root.getBoundingClientRect();
      const at = ((e.clientX - box.left) / box.width * width - left) / (width - left - 2) * n;
      return at < 0 ? -1 : Math.min(n - 1, Math.floor(at));
    };
    root.addEventListener("click", (e) => {
      const l = layerAt(e);
      go(l < 0 || !data.layers.length ? 0 : positions.findIndex((p) => p.layer === l));
    });
    root.addEventListener("pointermove", (e) => {
      if (view.pinned !== null) return;
      const l = layerAt(e);
      if (l < 0 || !data.layers.length) { tip.hidden = true; return; }
      const table = el("table");
      const { visual_in, visual_out, tokens, flops_formula, flops_true, ms, kv_bytes } = data.layers[l];
      for (const [name, value] of [["visual tokens in", count(visual_in)], ["visual tokens out", count(visual_out)],
        ["all tokens", count(tokens)], ["operations, exact", scaled(flops_true, "")],
        ["by the formula", scaled(flops_formula, "")], ["time", `${short(ms)} ms`], ["keys and values", scaled(kv_bytes, "B")]])
        table.append(el("tr", {}, el("td", { class: "quiet" }, name), el("td", {}, value)));
      tip.replaceChildren(el("h3", {}, `Layer ${l}`), table);
      tip.classList.remove("pinned");
      tip.hidden = false;
      placeTip(e);
    });
    root.addEventListener("pointerleave", () => { if (view.pinned === null) tip.hidden = true; });
    host.replaceChildren(root);
    return (layer) => { const at = x(layer + 1); cursor.setAttribute("x1", at); cursor.setAttribute("x2", at); };
  };
  const key = (host, list) => list.forEach(([colour, title]) => {
    const mark = el("i");
    mark.style.background = colour;
    host.append(el("span", { class: "key" }, mark, title));
  });
  const blue = "var(--accent)", green = "var(--kept)";
  const cursors = [];
  if (data.layers.length) {
    const tokens = [{ values: tokensAt, colour: blue, filled: true, start: data.visual_tokens, end: finalTokens }];
    cursors.push(chart(byId("spark"), 1000, 46, tokens, count, { bare: true }));
    cursors.push(chart(byId("chart-tokens"), 1100, 190, tokens, (v) => count(Math.round(v))));
    cursors.push(chart(byId("chart-flops"), 540, 190, [
      { values: data.layers.map((l) => l.flops_true), colour: blue, filled: true },
      { values: data.layers.map((l) => l.flops_formula), colour: green }], (v) => scaled(v, "")));
    cursors.push(chart(byId("chart-time"), 540, 190, [{ values: data.layers.map((l) => l.ms), colour: blue, bars: true }],
      (v) => `${short(v)} ms`));
    key(byId("chart-flops").previousElementSibling, [[blue, "exact"], [green, "by the papers' formula (multiply-adds)"]]);
  } else {
    byId("depth").hidden = true;
  }
  const steps = byId("steps");
  if (last > 0) {
    steps.append(el("thead", {}, el("tr", {}, ...["Step", "entered", "kept", "recycled", "into", "dropped", "left", "rank", "time"]
      .map((title) => el("th", {}, title)))));
    steps.append(el("tbody", {}, ...data.states.slice(1).map((s, i) => el("tr", { onclick: () => {
      go(positionOfStep(i + 1));
      byId("frames").scrollIntoView();
    } }, ...[s.title.replace(/^./, (c) => c.toUpperCase()), count(s.entered), count(s.kept), count(s.recycled), count(s.left - s.kept),
      count(s.dropped), count(s.left), s.rank === null ? "–" : count(s.rank), `${short(s.ms)} ms`].map((text) => el("td", {}, text))))));
  }

  // ---- Legend
  const item = (swatch, text, colour) => {
    const mark = el("i", { class: `swatch ${swatch}` });
    if (colour) mark.style.background = colour;
    return el("span", { class: "item" }, mark, text);
  };
  const drawLegend = () => {
    const legend = byId("legend"), state = data.states[behind()];
    legend.replaceChildren();
    const numbers = state.counts;
    if (mode() === "score") {
      const { ticks, logarithmic, below, above } = state.scale;
      const ramp = el("canvas", { width: 256, height: 1 });
      const context = ramp.getContext("2d");
      data.colours[view.palette].forEach((colour, i) => { context.fillStyle = colour; context.fillRect(i, 0, 1, 1); });
      const labels = ticks.map((tick, i) => `${i === 0 && below ? "≤ " : ""}${i === 4 && above ? "≥ " : ""}${short(tick)}`);
      legend.append(el("span", {}, `Score ${state.title}${logarithmic ? ", logarithmic" : ""}`),
        el("div", { class: "scale" }, ramp, el("div", {}, ...labels.map((label) => el("span", {}, label)))),
        item("", "pruned earlier", data.colours.gone));
    } else {
      if (view.mode === "score") legend.append(el("span", {}, behind() === 0 ? "No scores yet:" : "This step has no scores:"));
      legend.append(item("clear", `${count(numbers.kept)} kept`),
        mode() === "fate" ? item("", `${count(numbers.recycled)} recycled${numbers.merged ? ` into ${count(numbers.merged)}` : ""}`, data.colours.kinds[0])
          : item("many", `${count(numbers.recycled)} recycled into ${count(numbers.merged)}, one colour each`),
        item("", `${count(numbers.dropped)} dropped`, data.colours.gone));
    }
    if (data.frames.some((f) => f.unseen[view.blocks])) legend.append(item("unseen", "not seen by the model"));
  };

  // ---- Table of tokens: only visible rows are made
  const rowHeight = 30;
  const columns = [
    { title: "Token", width: "72px", value: (t) => t, text: (t) => count(t) },
    { title: "Frame", width: "60px", value: (t) => place(t).frame, text: (t) => { const { frame, frames } = place(t).block; return frames === 1 ? String(frame + 1) : `${frame + 1}–${frame + frames}`; } },
    { title: "Row", width: "54px", value: (t) => place(t).row ?? -1, text: (t) => (place(t).word ? decoded(words.get(t)).trim() || "word" : place(t).cls ? "CLS" : place(t).row === undefined ? "–" : String(place(t).row + 1)) },
    { title: "Column", width: "66px", value: (t) => place(t).column ?? -1, text: (t) => (place(t).column === undefined ? "" : String(place(t).column + 1)) },
    { title: "Fate", width: "110px", value: (t) => "krd".indexOf(data.states[last].fates[t]), fate: true },
    { title: "Merged or dropped", width: "minmax(130px, 1fr)", value: (t) => data.left_at[t] ?? 1e9,
      text: (t) => (data.left_at[t] === null ? "never" : data.states[data.left_at[t] + 1].title) },
    { title: "Part of", width: "minmax(110px, 1fr)", value: (t) => (data.states[last].fates[t] === "r" ? data.states[last].as[t] : 1e9),
      text: (t) => (data.states[last].fates[t] === "r" ? `${count(data.states[last].as[t])} (${count(members(last, data.states[last].as[t]).length)})` : "") },
    ...data.states.slice(1).map((s, i) => ({ title: `Score, ${s.layer >= 0 ? `layer ${s.layer}` : s.title}`, width: "minmax(120px, 1fr)", skip: !s.scores,
      value: (t) => s.scores[t] ?? -Infinity, text: (t) => short(s.scores[t]) })).filter((c) => !c.skip),
  ];
  byId("tokens").querySelector(".table").style.cssText =
    `--columns: ${columns.map((c) => c.width).join(" ")}; --wide: ${columns.length * 118}px`;
  const list = { sort: 0, down: false, fate: "all", frame: "all", tokens: [] };
  const body = byId("body"), rows = byId("rows"), tall = byId("tall");
  columns.forEach((column, i) => byId("head").append(el("button", { type: "button", title: column.title, onclick: () => {
    list.down = list.sort === i ? !list.down : column.title.startsWith("Score");
    list.sort = i;
    fillTable();
  } }, column.title)));
  const fillTable = () => {
    const fates = data.states[last].fates;
    list.tokens = [];
    const wanted = (t) => (words.has(t) ? list.fate === "w" : list.fate === "all" || fates[t] === list.fate);
    for (let t = 0; t < data.ids; ++t)
      if (wanted(t) && (list.frame === "all" || covers(place(t).block, Number(list.frame)))) list.tokens.push(t);
    const value = columns[list.sort].value, sign = list.down ? -1 : 1;
    list.tokens.sort((a, b) => { const x = value(a), y = value(b); return x < y ? -sign : x > y ? sign : a - b; });
    byId("count").textContent = `${count(list.tokens.length)} of ${list.fate === "w" ? `${count(words.size)} words` : `${count(data.visual_tokens)} tokens`}`;
    byId("head").querySelectorAll("button").forEach((b, i) => {
      b.textContent = columns[i].title + (i === list.sort ? (list.down ? " ↓" : " ↑") : "");
      if (i === list.sort) b.setAttribute("aria-sort", list.down ? "descending" : "ascending");
      else b.removeAttribute("aria-sort");
    });
    tall.style.height = `${list.tokens.length * rowHeight}px`;
    body.scrollTop = 0;
    drawRows();
  };
  const drawRows = () => {
    const begin = Math.max(0, Math.floor(body.scrollTop / rowHeight) - 4), many = Math.ceil(body.clientHeight / rowHeight) + 8;
    rows.style.top = `${begin * rowHeight}px`;
    rows.replaceChildren(...list.tokens.slice(begin, begin + many).map((token) => {
      const cells = columns.map((column) => {
        if (!column.fate) return el("span", { role: "cell" }, column.text(token));
        const fate = data.states[last].fates[token], mark = el("i");
        mark.style.background = { k: "var(--kept)", r: "var(--warm)", d: "var(--gone)" }[fate];
        return el("span", { class: "pill", role: "cell" }, mark, names[fate]);
      });
      return el("div", { class: `row${token === view.pinned ? " on" : ""}`, role: "row", onpointerenter: (e) => hover(token, e),
        onpointerleave: () => hover(null), onclick: (e) => pin(token, e) }, ...cells);
    }));
  };
  choices(byId("fates"), [["all", "All"], ["k", "Kept"], ["r", "Recycled"], ["d", "Dropped"], ...(words.size ? [["w", "Words"]] : [])], "all",
    (value) => { list.fate = value; fillTable(); });
  const filter = byId("frame-filter");
  filter.append(el("option", { value: "all" }, "all"), ...data.frames.map((_, f) => el("option", { value: f }, String(f + 1))));
  filter.addEventListener("change", () => { list.frame = filter.value; fillTable(); });
  body.addEventListener("scroll", drawRows);

  // ---- Notes
  const notes = [
    ["Layers", "counted from 0. A pruning step comes after its layer: the layer itself still computes all tokens that enter it."],
    ["Two ways to count", "The papers' budget is the mean number of visual tokens that leave a layer. What is computed follows the number that enters it, which is larger. Both are shown."],
    ["Operations", "exact: multiplications and additions of this decoder, causal attention and grouped heads included. By the papers' formula: 4nd² + 2n²d + 3ndm multiply-adds per layer, for n tokens, width d and an MLP of m."],
    ["Kept, recycled, dropped", "A kept token goes on as itself. A recycled token goes on as part of a merged token. A dropped token is gone."],
    ["Score", "what the strategy ranked the tokens by at that step; of a merged token, every member shows its score. The colours' ends are the quantiles at 2 and 99.5 %."],
    ["CLS", "one token stands for each whole frame. It has no place in the grid; its mark is under the frame."],
    ["Tiles and overview", "the model looked at parts of the picture one by one, and at the whole of it. Both have tokens; the frames show one or the other."],
    ["Frames that share tokens", "one token shows the same place in several frames. All of them have its colour."],
    ["Words", "texts between the frames, such as their times. They stand among the visual tokens, nothing prunes them, and no number here counts them."],
    ["Not seen by the model", "hatched: what was cut off before the model looked, or what its patches do not reach."],
    ["Model", data.model],
  ];
  const applies = {
    "CLS": hasCls,
    "Tiles and overview": data.overview,
    "Frames that share tokens": data.blocks.some((block) => block.frames > 1),
    "Words": words.size > 0,
    "Not seen by the model": data.frames.some((f) => f.unseen.tiles || f.unseen.overview),
  };
  for (const [term, text] of notes) {
    if (!(applies[term] ?? true)) continue;
    byId("note-list").append(el("dt", {}, term), el("dd", {}, text));
  }
  const files = byId("files");
  if (data.files.length) files.append("Beside this page: ");
  data.files.forEach((file, i) => files.append(i ? ", " : "", el("a", { href: encodeURI(file.name) }, file.name), ` (${file.what})`));

  // ---- Draw everything
  const draw = () => {
    const p = positions[view.position];
    const tokens = p.layer >= 0 ? data.layers[p.layer].visual_out : p.behind === 0 ? data.visual_tokens : data.states[p.behind].left;
    byId("where").textContent = `${p.title} · ${count(tokens)} tokens`;
    slider.value = view.position;
    slider.setAttribute("aria-valuetext", byId("where").textContent);
    frames.forEach(paintFrame);
    drawLegend();
    paintMarks();
    if (view.pinned !== null) fill(view.pinned);
    cursors.forEach((move) => move(p.layer));
  };
  const go = (position) => { view.position = Math.max(0, position); draw(); };
  addEventListener("resize", () => { paintMarks(); drawRows(); });
  fillTable();
  go(last > 0 ? positionOfStep(last) : 0);
  // A link can name a state: report.html#layer=2&mode=fate&token=300&theme=dark
  const wanted = new URLSearchParams(location.hash.slice(1));
  const whole = (name, below) => {
    const value = Number(wanted.get(name) ?? NaN);
    return Number.isInteger(value) && value >= 0 && value < below ? value : null;
  };
  if (["score", "fate", "clusters"].includes(wanted.get("mode"))) {
    view.mode = wanted.get("mode");
    press(byId("modes"), view.mode);
  }
  const layer = whole("layer", data.layers.length), token = whole("token", data.ids);
  if (["light", "dark"].includes(wanted.get("theme"))) theme(wanted.get("theme"));
  go(layer !== null ? positions.findIndex((p) => p.layer === layer) : view.position);
  if (token !== null) pin(token, { clientX: innerWidth * 0.6, clientY: innerHeight * 0.5 });
})();
