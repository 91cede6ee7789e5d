// The search box, and a button that copies an example. Without scripts the index lists every page.
(function () {
    "use strict";
    var root = document.currentScript.dataset.root;
    var SHOWN = 30;
    var input = document.getElementById("search-box");
    var list = document.getElementById("search-results");
    var told = document.getElementById("search-count");
    var chosen = -1;

    // What people look for is found first: a view or an answer before one of its columns, those before what is stored.
    var ORDER = { "answer": 30, "macro": 30, "core view": 29, "saved query": 28, "stored table": 10, "column": 2, "check": 1, "rule": 1, "stored column": 0 };

    function within(text, word) {
        var place = text.indexOf(word);
        if (place < 0) { return 0; }
        return place === 0 || /[^a-z0-9]/.test(text[place - 1]) ? 2 : 1; // the start of a word counts more
    }

    function score(entry, words) {
        var name = entry[0].toLowerCase();
        var text = entry[3].toLowerCase();
        var last = name.slice(name.lastIndexOf(".") + 1);
        var total = ORDER[entry[1]];
        for (var i = 0; i < words.length; i++) {
            var word = words[i];
            var points = name === word ? 60 : last === word ? 45 : 12 * within(name, word) + 4 * within(text, word);
            if (!points) { return 0; }
            total += points;
        }
        return total;
    }

    function words_of(query) {
        var words = query.toLowerCase().split(/[^a-z0-9_.]+/).filter(Boolean);
        var long = words.filter(function (word) { return word.length > 1; });
        return long.length ? long : words; // a single letter is in everything
    }

    function search(words) {
        if (!words.length) { return []; }
        return SEARCH_INDEX.map(function (entry, place) { return { entry: entry, place: place, score: score(entry, words) }; })
            .filter(function (one) { return one.score > 0; })
            .sort(function (a, b) { return b.score - a.score || a.place - b.place; })
            .map(function (one) { return one.entry; });
    }

    function marked(parent, text, words) {
        var rest = text;
        while (rest) {
            var low = rest.toLowerCase();
            var first = -1, length = 0;
            words.forEach(function (word) {
                var place = low.indexOf(word);
                if (place >= 0 && (first < 0 || place < first || (place === first && word.length > length))) { first = place; length = word.length; }
            });
            if (first < 0) { break; }
            parent.append(rest.slice(0, first));
            var mark = document.createElement("mark");
            mark.textContent = rest.slice(first, first + length);
            parent.append(mark);
            rest = rest.slice(first + length);
        }
        parent.append(rest);
        return parent;
    }

    function part(kind, text, words) {
        var span = document.createElement("span");
        span.className = kind;
        return words ? marked(span, text, words) : (span.textContent = text, span);
    }

    function option(entry, place, words) {
        var link = document.createElement("a");
        link.href = root + entry[2];
        link.id = "result-" + place;
        link.tabIndex = -1;
        link.setAttribute("role", "option");
        link.setAttribute("aria-selected", "false");
        link.append(part("of", entry[1]), part("name", entry[0], words), part("about", entry[3], words));
        return link;
    }

    function show() {
        var words = words_of(input.value);
        var found = search(words);
        list.replaceChildren();
        found.slice(0, SHOWN).forEach(function (entry, place) { list.append(option(entry, place, words)); });
        if (words.length && !found.length) { list.append(part("none", "Nothing is called so, or speaks of it.")); }
        if (found.length > SHOWN) { list.append(part("none", "and " + (found.length - SHOWN) + " more: add a word")); }
        told.textContent = words.length ? found.length + " found" : "";
        open(words.length > 0);
        choose(-1);
    }

    function open(is_open) {
        list.hidden = !is_open;
        input.setAttribute("aria-expanded", String(is_open));
    }

    function choose(place) {
        var options = list.querySelectorAll("[role=option]");
        if (options[chosen]) { options[chosen].setAttribute("aria-selected", "false"); }
        chosen = options.length && place >= -1 ? Math.min(place, options.length - 1) : -1;
        if (chosen < 0) { input.removeAttribute("aria-activedescendant"); return; }
        options[chosen].setAttribute("aria-selected", "true");
        options[chosen].scrollIntoView({ block: "nearest" });
        input.setAttribute("aria-activedescendant", options[chosen].id);
    }

    input.addEventListener("input", show);
    input.addEventListener("focus", function () { if (input.value.trim()) { show(); } });
    input.addEventListener("keydown", function (event) {
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            if (list.hidden) { show(); }
            choose(Math.max(chosen + (event.key === "ArrowDown" ? 1 : -1), -1));
        } else if (event.key === "Enter") {
            var link = list.querySelectorAll("[role=option]")[Math.max(chosen, 0)];
            event.preventDefault();
            if (link && !list.hidden) { open(false); location.href = link.href; }
        } else if (event.key === "Escape") {
            if (list.hidden) { input.value = ""; } else { event.preventDefault(); open(false); choose(-1); }
        }
    });
    document.addEventListener("keydown", function (event) {
        var is_typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
        if (event.key === "/" && !is_typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
            event.preventDefault();
            input.focus();
            input.select();
        }
    });
    document.addEventListener("click", function (event) { if (!event.target.closest("form")) { open(false); } });
    document.addEventListener("focusin", function (event) { if (!event.target.closest("form")) { open(false); } });

    // On a wide page the list of pages stands open beside the text, on a narrow one it waits.
    var pages = document.querySelector("nav details");
    var wide = matchMedia("(min-width: 60.01rem)");
    function settle() { pages.open = wide.matches; }
    wide.addEventListener("change", settle);
    settle();
    var here = pages.querySelector("[aria-current]");
    if (here && wide.matches) {
        var nav = pages.parentElement;
        nav.scrollTop = here.offsetTop - nav.offsetTop - nav.clientHeight / 2;
    }

    var drawn = document.querySelector("svg .here");
    if (drawn) { // a drawing wider than the page begins at the view itself
        var frame = drawn.closest(".scroll");
        var box = drawn.getBBox();
        frame.scrollLeft = box.x + box.width / 2 - frame.clientWidth / 2;
    }

    if (navigator.clipboard) {
        document.querySelectorAll("pre.sql, pre.shell").forEach(function (block) {
            var frame = document.createElement("div");
            var button = document.createElement("button");
            var text = block.textContent;
            frame.className = "copied";
            button.type = "button";
            button.textContent = "Copy";
            button.addEventListener("click", function () {
                navigator.clipboard.writeText(text).then(
                    function () { button.textContent = "Copied"; },
                    function () { button.textContent = "Not allowed"; }
                );
            });
            block.replaceWith(frame);
            frame.append(block, button);
        });
    }

    var asked = new URLSearchParams(location.search).get("q");
    if (asked) {
        input.value = asked;
        input.focus();
        show();
    }
})();
