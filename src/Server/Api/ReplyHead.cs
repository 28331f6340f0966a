using Microsoft.AspNetCore.Http;

namespace TurkishLlm.Server.Api;

/// <summary>What all parts of a reply have in common.</summary>
/// <param name="Id">Identifies the reply.</param>
/// <param name="Created">Time of the request, in seconds since 1970.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="Fingerprint">Identifies the weights' vocabulary and the template: equal requests have equal answers.</param>
internal sealed record ReplyHead(string Id, long Created, string Model, string Fingerprint)
{
    public static ReplyHead Create(string prefix, HttpContext context, string model, string fingerprint, TimeProvider clock) =>
        new($"{prefix}-{context.Connection.Id}-{context.TraceIdentifier.Split(':')[^1]}", clock.GetUtcNow().ToUnixTimeSeconds(),
            model, fingerprint);
}
