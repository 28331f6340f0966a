using TurkishLlm.Inference.Batching;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Server.Api;

/// <summary>What the endpoints of a server share.</summary>
/// <param name="Scheduler">Generates the texts.</param>
/// <param name="Template">The chat template; null for a model that was not trained on conversations.</param>
/// <param name="Options">Options of the server.</param>
/// <param name="Clock">The clock.</param>
internal sealed record ServerParts(BatchScheduler Scheduler, ChatTemplate? Template, ServerOptions Options, TimeProvider Clock)
{
    /// <summary>Tools that the server runs; null for none.</summary>
    public ServerTools? Tools { get; init; }

    /// <summary>Identifies the tokenizer and the template.</summary>
    public string Fingerprint { get; } = $"turkishllm-{(Template?.Hash ?? Scheduler.Tokenizer.Hash)[..12]}";
}
