using System.Globalization;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using FluentAssertions;

namespace TurkishLlm.Tests.Unit.Monitoring;

/// <summary>Checks what holds for every page.</summary>
internal static partial class PageCheck
{
    /// <summary>Text that no page may take for markup, with characters that HTML cannot hold.</summary>
    public static readonly string HostileText =
        "<script>alert('x')</script></title></style> \"tırnak\" & &amp; 1<2 \u202Eters \u2067sağ\u200F 👩‍👩‍👧 "
            + new string('ğ', 400) + " \u0007\u001B[31m\u0085son";

    /// <summary><see cref="HostileText"/> as a person reads it.</summary>
    public static readonly string VisibleHostileText =
        HostileText.Replace('\u0007', '␇').Replace('\u001B', '␛').Replace("\u0085", "[U+0085]", StringComparison.Ordinal)
            + "\u2069\u202C";

    private const double NarrowPage = 390, Em = 16;

    /// <summary>Parses a page without tolerating errors, and checks that it is self-contained and fits a narrow screen.</summary>
    public static IHtmlDocument Check(string html)
    {
        var document = new HtmlParser(new HtmlParserOptions { IsStrictMode = true }).ParseDocument(html);
        document.QuerySelectorAll("meta[name=viewport]").Select(meta => meta.GetAttribute("content"))
            .Should().Equal("width=device-width, initial-scale=1");
        document.QuerySelectorAll("script, link, img, iframe, object, embed, base, a, image, use").Should().BeEmpty();
        document.All.SelectMany(element => element.Attributes).Where(IsActive).Should().BeEmpty();
        document.QuerySelectorAll("table")
            .Where(table => table.ClassName != "values" && table.ParentElement!.ClassName != "scroll")
            .Should().BeEmpty("wide tables scroll in their box");

        var css = document.QuerySelectorAll("style").Should().ContainSingle().Subject.TextContent;
        css.Should().NotContainAny("url(", "@import", "http:", "https:").And.Contain("overflow-x: auto");
        BodyRule().Match(css).Value.Should().Contain("overflow-wrap: anywhere", "long words wrap");
        document.All.Select(element => element.GetAttribute("style")).OfType<string>().Append(css)
            .SelectMany(GetFixedWidths).Max().Should().BeInRange(1, NarrowPage);
        return document;
    }

    private static bool IsActive(IAttr attribute) =>
        attribute.Name is "src" or "href" or "action" or "srcdoc" || attribute.Name.StartsWith("on", StringComparison.Ordinal);

    private static IEnumerable<double> GetFixedWidths(string css) => FixedWidth().Matches(css).Select(match =>
        double.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture)
            * (match.Groups["unit"].Value == "px" ? 1 : Em));

    [GeneratedRegex(@"(?:(?<![-\w])(?:min-)?width:|minmax\((?:min\(100%,)?|columns: \d+) *(?<number>[\d.]+)(?<unit>px|em|ch)")]
    private static partial Regex FixedWidth();

    [GeneratedRegex(@"(?m)^body \{[^}]*\}")]
    private static partial Regex BodyRule();
}
