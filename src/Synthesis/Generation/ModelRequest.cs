using System.Security.Cryptography;
using System.Text;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>One question to a model: all that decides what it answers.</summary>
/// <param name="Group">The group of chunks, or the pair, that it is about.</param>
/// <param name="Context">Hash of the chunks that it shows; replies count only while the chunks are these.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="Prompt">Version of the prompt.</param>
/// <param name="System">Instructions.</param>
/// <param name="User">The request itself.</param>
/// <param name="Schema">JSON schema of the reply.</param>
/// <param name="MaxTokens">Most tokens of the reply.</param>
public sealed record ModelRequest(string Group, string Context, string Model, string Prompt, string System, string User, string Schema, int MaxTokens)
{
    private const int HashLength = 32;

    /// <summary>A hash of everything that decides the reply. The same request has the same name in every run.</summary>
    public string Id => ComputeHash($"{Model}\0{System}\0{User}\0{Schema}\0{FormattableString.Invariant($"{MaxTokens}")}\0{Group}");

    /// <summary>
    /// Tokens that the request can have at most: no tokenizer makes more tokens than there are bytes; the rest is room for what
    /// a service adds around the texts.
    /// </summary>
    public long MaxInputTokens => Encoding.UTF8.GetByteCount(System) + Encoding.UTF8.GetByteCount(User) + Encoding.UTF8.GetByteCount(Schema) + 1024;

    /// <summary>What names one attempt for a service that answers the same attempt only once: <c>Idempotency-Key</c>, and the custom id in a batch.</summary>
    public string GetKey(int attempt) => FormattableString.Invariant($"{Id}-{attempt}");

    internal static string ComputeHash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..HashLength];
}
