using TurkishLlm.Inference.Batching;
using TurkishLlm.Inference.Tools;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Server.Api;

/// <summary>The texts that a request asks for.</summary>
/// <param name="Requests">One request per text.</param>
/// <param name="Sampling">The fields that they share.</param>
/// <param name="Passages">Passages that were added to the question.</param>
internal sealed record GenerationCall(
    IReadOnlyList<TextRequest> Requests, SamplingFields Sampling, IReadOnlyList<Passage> Passages)
{
    /// <summary>The conversation of the prompts, if tools of the server may continue it.</summary>
    public Conversation? Conversation { get; init; }

    /// <summary>Runs tools of the server; null for none.</summary>
    public ToolLoop? Tools { get; init; }

    /// <summary>Repeats a request for each text, with seeds of its own.</summary>
    public static IEnumerable<TextRequest> Repeat(TextRequest request, int choices) =>
        Enumerable.Range(0, choices).Select(i => request with
        {
            Options = request.Options with { Seed = unchecked(request.Options.Seed + i) },
        });
}
