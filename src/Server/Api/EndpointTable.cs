using Microsoft.AspNetCore.Http;

namespace TurkishLlm.Server.Api;

/// <summary>The endpoints of the server, by path.</summary>
internal sealed class EndpointTable(IReadOnlyList<Endpoint> endpoints)
{
    /// <summary>Returns the path for logs and metrics; all unknown paths have one name.</summary>
    public string NameOf(PathString path) => endpoints.FirstOrDefault(endpoint => endpoint.Path == path.Value)?.Path ?? "other";

    /// <exception cref="ApiException">The path or the method does not exist.</exception>
    public Endpoint Find(string method, PathString path)
    {
        var found = endpoints.Where(endpoint => endpoint.Path == path.Value).ToArray();
        if (found.Length == 0)
            throw new ApiException(
                404, $"The path does not exist. Paths: {string.Join(", ", endpoints.Select(endpoint => endpoint.Path))}.",
                code: "unknown_path");
        if (HttpMethods.IsHead(method)) method = HttpMethods.Get;
        return Array.Find(found, endpoint => endpoint.Method == method) ?? throw new ApiException(
            405, $"{found[0].Path} takes {found[0].Method}, not {method}.", code: "wrong_method");
    }
}

/// <summary>An endpoint.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Path">Path.</param>
/// <param name="NeedsKey">True if the API key is required, where the server has one.</param>
/// <param name="RunAsync">Answers a request.</param>
internal sealed record Endpoint(string Method, string Path, bool NeedsKey, Func<HttpContext, Task> RunAsync);
