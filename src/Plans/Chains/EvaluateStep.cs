namespace TurkishLlm.Plans.Chains;

/// <summary>Evaluates a model: section <c>evaluate</c> of a step.</summary>
/// <param name="Model">Run, checkpoint or model folder.</param>
/// <param name="Output">JSON file for the metrics.</param>
public sealed record EvaluateStep(string Model, string Output) : ChainAction
{
    /// <summary>Files of questions with reference answers.</summary>
    public IReadOnlyList<string> Gold { get; init; } = [];

    /// <summary>Documentation to search: its passages replace the contexts of the questions; null to keep those.</summary>
    public string? Docs { get; init; }

    /// <summary>Maximum number of passages per question; null for the default of the command.</summary>
    public int? Passages { get; init; }

    /// <summary>Model before fine-tuning, to measure forgetting; null not to.</summary>
    public string? BaseModel { get; init; }

    /// <summary>Maximum relative increase of the loss on plain text; more ends the chain with exit code 4.</summary>
    public double MaxForgetting { get; init; } = 0.1;

    /// <summary>Maximum length of an answer, in tokens.</summary>
    public int MaxTokens { get; init; } = 128;

    /// <summary>Maximum number of rows per gold file (0 = all).</summary>
    public int Limit { get; init; }

    /// <summary>Number of validation windows (0 = all).</summary>
    public int Windows { get; init; }

    /// <inheritdoc/>
    public override string Verb => "evaluate";

    /// <inheritdoc/>
    public override bool ResumesOutput => false;

    /// <inheritdoc/>
    public override StepFiles Describe(Func<string, string> find) => new(
        [
            new("model", [Model]),
            .. Gold.Count == 0 ? (PlanInput[])[] : [new("gold", Gold)],
            .. Docs is null ? (PlanInput[])[] : [new("docs", [Docs])],
            .. BaseModel is null ? (PlanInput[])[] : [new("base_model", [BaseModel])],
        ],
        [Output],
        Options(
            ("passages", Passages), ("max_forgetting", MaxForgetting), ("max_tokens", MaxTokens), ("limit", Limit),
            ("windows", Windows)));
}
