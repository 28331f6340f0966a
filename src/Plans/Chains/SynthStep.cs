namespace TurkishLlm.Plans.Chains;

/// <summary>Makes fine-tuning rows from documentation: section <c>synth</c> of a step.</summary>
/// <param name="Documentation">Folder of pages, or one page.</param>
/// <param name="Folder">Synthesis folder.</param>
public sealed record SynthStep(string Documentation, string Folder) : ChainAction
{
    /// <summary>Tokenizer folder for counting tokens; null for the bundled tokenizer.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Source of replies; null for the recorded replies of the bundled documentation.</summary>
    public string? Provider { get; init; }

    /// <summary>Model that writes the replies.</summary>
    public string? Model { get; init; }

    /// <summary>URL of the service; null for the public service of the provider.</summary>
    public string? Endpoint { get; init; }

    /// <summary>File of recorded replies; null for the bundled ones.</summary>
    public string? Replies { get; init; }

    /// <summary>Name of the prompt.</summary>
    public string Prompt { get; init; } = "v2";

    /// <summary>Language of the pages to ask about.</summary>
    public string Language { get; init; } = "tr";

    /// <summary>Maximum cost in dollars; null for no limit.</summary>
    public double? Budget { get; init; }

    /// <summary>Fraction of the documents held out for validation; null for the default of the command.</summary>
    public double? ValidationShare { get; init; }

    /// <summary>Fraction of rows with a context that lacks the answer; null for the default of the command.</summary>
    public double? RefusalShare { get; init; }

    /// <summary>Length of the model's context, in tokens; null for the default of the command.</summary>
    public int? ContextLength { get; init; }

    /// <summary>Maximum number of passages per question; null for the default of the command.</summary>
    public int? Passages { get; init; }

    /// <summary>Maximum length of an answer, in tokens; null for the default of the command.</summary>
    public int? MaxTokens { get; init; }

    /// <inheritdoc/>
    public override string Verb => "synth";

    /// <summary>True: replies are paid for and never asked for again.</summary>
    public override bool UpdatesOutput => true;

    /// <inheritdoc/>
    public override StepFiles Describe(Func<string, string> find) => new(
        [
            new("documentation", [Documentation]),
            .. Tokenizer is null ? (PlanInput[])[] : [new("tokenizer", [Tokenizer])],
            .. Replies is null ? (PlanInput[])[] : [new("replies", [Replies])],
        ],
        [System.IO.Path.Combine(Folder, "sft")],
        Options(
            ("provider", Provider), ("model", Model), ("prompt", Prompt), ("language", Language),
            ("validation_share", ValidationShare), ("refusal_share", RefusalShare), ("context_length", ContextLength),
            ("passages", Passages), ("max_tokens", MaxTokens)));
}
