using System.Security.Cryptography;
using System.Text;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>A request to a model: everything that determines the reply.</summary>
/// <param name="Group">The group of chunks, or the pair, that it is about.</param>
/// <param name="Context">Hash of the chunks in the request. A reply is valid only as long as the chunks are unchanged.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="Prompt">Version of the prompt.</param>
/// <param name="System">Instructions.</param>
/// <param name="User">The request text.</param>
/// <param name="Schema">JSON schema of the reply.</param>
/// <param name="MaxTokens">Maximum number of tokens of the reply.</param>
public sealed record ModelRequest(
    string Group, string Context, string Model, string Prompt, string System, string User, string Schema, int MaxTokens)
{
    private const int HashLength = 32;

    /// <summary>A hash of everything that determines the reply: equal requests have equal ids in every run.</summary>
    public string Id =>
        ComputeHash($"{Model}\0{System}\0{User}\0{Schema}\0{FormattableString.Invariant($"{MaxTokens}")}\0{Group}");

    /// <summary>
    /// Upper bound of the input tokens: no tokenizer produces more tokens than there are bytes, and the rest allows for what a
    /// service adds around the texts.
    /// </summary>
    public long MaxInputTokens =>
        Encoding.UTF8.GetByteCount(System) + Encoding.UTF8.GetByteCount(User) + Encoding.UTF8.GetByteCount(Schema) + 1024;

    /// <summary>
    /// Returns the key of an attempt, for services that answer each key only once: <c>Idempotency-Key</c>, and the custom id in a
    /// batch.
    /// </summary>
    public string GetKey(int attempt) => FormattableString.Invariant($"{Id}-{attempt}");

    internal static string ComputeHash(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..HashLength];
}
