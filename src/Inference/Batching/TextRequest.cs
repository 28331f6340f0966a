using TurkishLlm.Inference.Constraints;
using TurkishLlm.Inference.Generation;

namespace TurkishLlm.Inference.Batching;

/// <summary>A text to generate.</summary>
/// <param name="Prompt">Token ids; at least one, and fewer than the context holds.</param>
/// <param name="Options">
/// Sampling options. Their <see cref="SamplingOptions.StopIds"/> are not used; see <see cref="EndIds"/>.
/// </param>
public sealed record TextRequest(IReadOnlyList<int> Prompt, SamplingOptions Options)
{
    /// <summary>Texts before which the generated text ends.</summary>
    public IReadOnlyList<string> StopSequences { get; init; } = [];

    /// <summary>
    /// Tokens that end a continued text; null for an answer, which every special token ends except the one that begins a tool
    /// call.
    /// </summary>
    public IReadOnlyList<int>? EndIds { get; init; }

    /// <summary>The texts that may be generated; null for all.</summary>
    public Grammar? Grammar { get; init; }

    /// <summary>Numbers that are added to the logits of tokens before sampling.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = new Dictionary<int, float>();

    /// <summary>
    /// Number of most likely tokens to report with each token, beside its own log-probability; null to report none of them.
    /// </summary>
    public int? TopLogprobs { get; init; }

    /// <summary>Name of the client. Waiting clients take turns, regardless of how many requests each has.</summary>
    public string Client { get; init; } = "";
}
