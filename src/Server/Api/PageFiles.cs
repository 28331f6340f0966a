using Microsoft.AspNetCore.Http;

namespace TurkishLlm.Server.Api;

/// <summary>The files of the chat page, which are part of the assembly.</summary>
internal static class PageFiles
{
    // Only files of this server: text of a model can load or run nothing.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
            + "form-action 'none'; frame-ancestors 'none'";

    public static IEnumerable<Endpoint> Endpoints { get; } =
    [
        Create("/", "chat.html", "text/html; charset=utf-8"),
        Create("/chat.css", "chat.css", "text/css; charset=utf-8"),
        Create("/chat.js", "chat.js", "text/javascript; charset=utf-8"),
    ];

    private static Endpoint Create(string path, string file, string type)
    {
        var content = new Lazy<byte[]>(() => Read(file));
        return new(HttpMethods.Get, path, NeedsKey: false, async context =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = Policy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers.CacheControl = "no-cache";
            (context.Response.ContentType, context.Response.ContentLength) = (type, content.Value.Length);
            if (HttpMethods.IsGet(context.Request.Method))
                await context.Response.Body.WriteAsync(content.Value, context.RequestAborted);
        });
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
