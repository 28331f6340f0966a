namespace TurkishLlm.Plans.Chains;

/// <summary>Trains a tokenizer: section <c>tokenizer</c> of a step.</summary>
/// <param name="Source">A corpus plan, a file or a folder of text.</param>
/// <param name="Output">Folder of the tokenizer; null for that of the corpus plan.</param>
public sealed record TokenizerStep(string Source, string? Output = null) : ChainAction
{
    /// <summary>Size of the vocabulary, including special tokens.</summary>
    public int VocabSize { get; init; } = 64_000;

    /// <summary>Name of the rule by which text is split into words.</summary>
    public string Split { get; init; } = "turkish";

    /// <summary>Values that replace those of the corpus plan, as <c>key=value</c>.</summary>
    public IReadOnlyList<string> Set { get; init; } = [];

    /// <inheritdoc/>
    public override string Verb => "tokenizer";

    /// <inheritdoc/>
    public override StepFiles Describe(Func<string, string> find)
    {
        ArgumentNullException.ThrowIfNull(find);
        var plan = CorpusPlan.IsPlanFile(Source) ? CorpusPlan.Load(find(Source), Set) : null;
        return new(
            plan is null
                ? [new("source", [Source])]
                : [.. plan.Options.Sources.Select(source => new PlanInput($"sources.{source.Name}.path", [source.Path]))],
            [Output ?? plan?.Tokenizer ?? ""],
            [
                .. Options(("vocab_size", VocabSize), ("split", Split)),
                .. plan?.Options.Sources.Where(source => source.TextField.Length > 0)
                    .Select(source => Option($"sources.{source.Name}.text_field", $"{source.TextField}")) ?? [],
            ]);
    }
}
