namespace TurkishLlm.Plans.Chains;

/// <summary>A step of a chain: a name and one action.</summary>
/// <param name="Name">Name of the step.</param>
public sealed record ChainStep(string Name)
{
    internal static readonly string[] Verbs = ["tokenizer", "corpus", "train", "synth", "evaluate", "export"];

    /// <summary>Trains a tokenizer.</summary>
    public TokenizerStep? Tokenizer { get; init; }

    /// <summary>Prepares token shards.</summary>
    public CorpusStep? Corpus { get; init; }

    /// <summary>Trains a model.</summary>
    public TrainStep? Train { get; init; }

    /// <summary>Makes fine-tuning rows from documentation.</summary>
    public SynthStep? Synth { get; init; }

    /// <summary>Evaluates a model.</summary>
    public EvaluateStep? Evaluate { get; init; }

    /// <summary>Exports a model.</summary>
    public ExportStep? Export { get; init; }

    /// <summary>The action of the step.</summary>
    public ChainAction Action =>
        (ChainAction?)Tokenizer ?? (ChainAction?)Corpus ?? (ChainAction?)Train ?? (ChainAction?)Synth
            ?? (ChainAction?)Evaluate ?? Export ?? throw new InvalidOperationException($"The step {Name} has no action.");

    /// <summary>Reports a step that does not have exactly one action.</summary>
    internal static void CheckAction(PlanNode step)
    {
        if (step.Value is null) return;
        var given = step.Names.Intersect(Verbs).ToArray();
        if (given.Length == 1 || (given.Length == 0 && step.Names.Any())) return;
        step.ReportUnreadable(given.Length == 0
            ? $"{step.Path} has no action: add one of {string.Join(", ", Verbs)}."
            : $"{step.Path} has the actions {string.Join(" and ", given)}. A step has one action: make a step of each.");
    }
}
