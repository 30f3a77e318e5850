"""Functions of JavaScript with which tests examine a page in any engine."""

STOPS = (
    "[...document.querySelectorAll('a[href], button, input, select, summary, textarea')]"
    ".filter(e => e.checkVisibility())"
)
# Texts, links and outlines of focus that are invisible with forced colours.
UNSEEN = """() => {
    const light = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(part => part / 255)
        .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
    const contrast = (one, other) => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    const style = element => getComputedStyle(element), found = [];
    const isClear = element => /^rgba.*, 0\\)$/.test(style(element).backgroundColor);
    const paper = element => !element ? 'rgb(255, 255, 255)'
        : isClear(element) ? paper(element.parentElement) : style(element).backgroundColor;
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text; text = texts.nextNode();) {
        const element = text.parentElement;
        if (!text.data.trim() || !element.checkVisibility()) continue;
        const ink = light(style(element).color);
        if (contrast(ink, light(paper(element))) < 4.5) found.push(text.data);
    }
    for (const link of document.querySelectorAll('main p a:not(.nail)'))
        if (!style(link).textDecorationLine.includes('underline')) found.push(link.outerHTML);
    for (const stop of STOPS) {
        stop.focus({focusVisible: true});
        const {outlineStyle, outlineWidth, outlineColor} = style(stop);
        if (outlineStyle !== 'solid' || parseFloat(outlineWidth) < 3
            || contrast(light(outlineColor), light(paper(stop.parentElement))) < 3)
            found.push(stop.outerHTML);
    }
    return found;
}""".replace("STOPS", STOPS)
