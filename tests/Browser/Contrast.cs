namespace TurkishLlm.Tests.Browser;

/// <summary>Contrast of texts with their background, WCAG 2.1.</summary>
internal static class Contrast
{
    /// <summary>A function from a selector to the contrast of each of its elements with the nearest opaque background.</summary>
    public const string Script = """
        selector => {
          const channels = color => color.match(/[\d.]+/g).map(Number);
          const light = color => channels(color).slice(0, 3).map(value => value / 255)
            .map(value => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
            .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
          return [...document.querySelectorAll(selector)].map(node => {
            const text = light(getComputedStyle(node).color);
            while (channels(getComputedStyle(node).backgroundColor)[3] === 0) node = node.parentElement;
            const back = light(getComputedStyle(node).backgroundColor);
            return (Math.max(text, back) + 0.05) / (Math.min(text, back) + 0.05);
          });
        }
        """;
}
