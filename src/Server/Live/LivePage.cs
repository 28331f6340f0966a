using System.Security.Cryptography;
using System.Text;
using TurkishLlm.Monitoring.Pages;

namespace TurkishLlm.Server.Live;

/// <summary>A page that is updated while it is open.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Content">The page, in UTF-8.</param>
/// <param name="Tag">Identifies the content: equal pages have equal tags.</param>
internal sealed record LivePage(int Status, byte[] Content, string Tag)
{
    private static readonly Html Head = Html.From(
        $"""
        <link rel="icon" href="data:,">
        <script src="/live.js" defer></script>

        """);

    public static LivePage Create(string html, int status = 200)
    {
        var content = Encoding.UTF8.GetBytes(html);
        return new(status, content, $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..32]}\"");
    }

    /// <summary>Creates a page that says why there is nothing to show.</summary>
    /// <param name="title">Title of the page.</param>
    /// <param name="message">The reason, and what to do.</param>
    /// <param name="status">HTTP status.</param>
    /// <param name="state">What follows the link to all runs; null for nothing.</param>
    /// <param name="style">Class of the message.</param>
    public static LivePage CreateMessage(
        string title, string message, int status, Html? state = null, string style = "warn") => Create(
        HtmlPage.Render(
            title, Html.From($"<header><h1>{title}</h1></header>\n<p class=\"{style}\">{message}</p>\n"),
            CreateFrame(state ?? Html.Empty)),
        status);

    /// <summary>Creates what is around a page: its script, and a line with a link to all runs.</summary>
    /// <param name="state">What follows the link.</param>
    public static PageFrame CreateFrame(Html state) => CreateFrameOf(Html.From($"<a href=\"/\">All runs</a> {state}"));

    /// <summary>Creates what is around the list of all runs.</summary>
    public static PageFrame CreateIndexFrame() => CreateFrameOf(Html.Empty);

    private static PageFrame CreateFrameOf(Html line) => new(Head, Html.From(
        $"""
        <nav>{line}
        <p class="warn" id="offline" hidden>The server does not answer. The page shows the last known state,
        and continues when the server is back.</p></nav>

        """));
}
