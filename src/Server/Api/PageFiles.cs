using Microsoft.AspNetCore.Http;

namespace TurkishLlm.Server.Api;

/// <summary>The files of pages, which are part of the assembly.</summary>
internal static class PageFiles
{
    /// <summary>
    /// What reports may load: one script of this server. Their style sheet is part of the page, and so are widths of bars.
    /// </summary>
    public const string LivePolicy =
        "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; "
            + "form-action 'self'; frame-ancestors 'none'";

    // Only files of this server: text of a model can load or run nothing.
    private const string ChatPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
            + "form-action 'none'; frame-ancestors 'none'";

    /// <summary>The chat page.</summary>
    public static IEnumerable<Endpoint> Endpoints { get; } =
    [
        Create("/", "chat.html", "text/html; charset=utf-8"),
        Create("/chat.css", "chat.css", "text/css; charset=utf-8"),
        Create("/chat.js", "chat.js", "text/javascript; charset=utf-8"),
    ];

    /// <summary>Sets what browsers may do with a page, and that they ask for it each time.</summary>
    public static void SetHeaders(HttpResponse response, string policy)
    {
        var headers = response.Headers;
        headers.ContentSecurityPolicy = policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-cache";
    }

    /// <summary>Writes a file.</summary>
    public static Task WriteAsync(HttpContext context, string file, string type) =>
        WriteAsync(context, Read(file), type, LivePolicy);

    private static Endpoint Create(string path, string file, string type)
    {
        var content = new Lazy<byte[]>(() => Read(file));
        return new(HttpMethods.Get, path, NeedsKey: false, context => WriteAsync(context, content.Value, type, ChatPolicy));
    }

    private static async Task WriteAsync(HttpContext context, byte[] content, string type, string policy)
    {
        SetHeaders(context.Response, policy);
        (context.Response.ContentType, context.Response.ContentLength) = (type, content.Length);
        if (HttpMethods.IsGet(context.Request.Method))
            await context.Response.Body.WriteAsync(content, context.RequestAborted);
    }

    private static byte[] Read(string file)
    {
        using var stream = typeof(PageFiles).Assembly.GetManifestResourceStream(file)
            ?? throw new InvalidOperationException($"The assembly has no file {file}.");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
