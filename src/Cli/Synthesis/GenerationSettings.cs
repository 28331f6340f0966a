using TurkishLlm.Cli.Terminal;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Prompts;

namespace TurkishLlm.Cli.Synthesis;

/// <summary>Settings of <c>synth generate</c>.</summary>
internal sealed record GenerationSettings
{
    public required SynthesisFolder Folder { get; init; }

    /// <summary>Source of replies; null to use the recorded replies if they belong to the documentation.</summary>
    public string? Provider { get; init; }

    public bool UsesRecordedReplies => Provider is null or "replay";

    public string? Model { get; init; }

    public string? Endpoint { get; init; }

    public string? ApiKeyVariable { get; init; }

    public required string Replies { get; init; }

    public required Prompt Prompt { get; init; }

    public string SystemDescription { get; init; } = "";

    public bool UsesSchema { get; init; } = true;

    public bool UsesBatches { get; init; }

    public string? JudgeModel { get; init; }

    public int? PilotGroupCount { get; init; }

    public bool DryRun { get; init; }

    public double? InputPrice { get; init; }

    public double? OutputPrice { get; init; }

    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(10);

    public required GenerationOptions Options { get; init; }

    /// <summary>Returns all problems of the settings.</summary>
    public IEnumerable<string> FindProblems()
    {
        if (Provider is null && (Model ?? Endpoint ?? JudgeModel) is not null)
            yield return "--provider is missing: give anthropic, or openai for OpenAI and compatible services.";
        if (!UsesRecordedReplies && Model is null)
            yield return $"--model is missing: give the name of a model of {Provider}, such as "
                + $"{(Provider == "openai" ? "gpt-5.2" : "claude-sonnet-4-6")}.";
        if (UsesRecordedReplies && UsesBatches) yield return "--batch needs a service: give --provider anthropic or openai.";
        if (Provider == "replay" && Endpoint is not null) yield return "--endpoint needs a service, but --provider is replay.";
        if (Endpoint is not null && !(Uri.TryCreate(Endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
            yield return $"--endpoint is {Endpoint}; it must be a URL, such as http://localhost:8000/v1.";
        if (InputPrice is null != OutputPrice is null) yield return "--input-price and --output-price must be given together.";
        if (InputPrice < 0 || OutputPrice < 0) yield return "--input-price and --output-price must be 0 or more.";
        if (Options.Budget <= 0) yield return Format.Invariant($"--budget is {Options.Budget}; it must be more than 0.");
        if (Options.Concurrency < 1)
            yield return Format.Invariant($"--concurrency is {Options.Concurrency}; it must be at least 1.");
        if (Options.RequestsPerMinute < 1)
            yield return Format.Invariant($"--requests-per-minute is {Options.RequestsPerMinute}; it must be at least 1.");
        if (Options.TokensPerMinute < 1)
            yield return Format.Invariant($"--tokens-per-minute is {Options.TokensPerMinute}; it must be at least 1.");
        if (Options.InitialBackoff < TimeSpan.Zero)
            yield return Format.Invariant($"--backoff is {Options.InitialBackoff.TotalSeconds}; it must be 0 or more.");
        if (Timeout <= TimeSpan.Zero)
            yield return Format.Invariant($"--timeout is {Timeout.TotalSeconds}; it must be more than 0.");
        if (PilotGroupCount < 1) yield return Format.Invariant($"--pilot is {PilotGroupCount}; it must be at least 1.");
    }
}
