namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>What is stated about a training loop, against which it is judged.</summary>
/// <param name="Vocabulary">Number of token ids, at least 8.</param>
/// <param name="Time">Tokens of a row: at least 8, and at most what the model can read.</param>
public sealed record LoopFacts(int Vocabulary, int Time)
{
    /// <summary>Which parameters decay, by name and shape. Default: those with two axes or more.</summary>
    public Func<string, long[], bool> IsDecayed { get; init; } = (_, shape) => shape.Length > 1;

    /// <summary>Which parameters no step may change, by name. Default: none.</summary>
    public Func<string, bool> IsFrozen { get; init; } = _ => false;

    /// <summary>
    /// The learning rate of a step, counted from 0. If it is null, LOOP-07 is skipped, and if no step reports a rate either,
    /// LOOP-06 judges only that all decaying parameters shrink by one factor.
    /// </summary>
    public Func<LoopOptions, long, double>? Rate { get; init; }

    /// <summary>Constants of AdamW; null if the optimizer is another one, so that LOOP-18 is skipped.</summary>
    public LoopAdamW? AdamW { get; init; }

    /// <summary>Multiplier of the learning rate of a parameter, by name. Default: 1.</summary>
    public Func<string, double> RateFactor { get; init; } = _ => 1;

    /// <summary>False if weight decay is not decoupled from the gradient, as it is in AdamW.</summary>
    public bool IsDecoupled { get; init; } = true;

    /// <summary>False if the loop has no limit of the gradient norm.</summary>
    public bool Clips { get; init; } = true;

    /// <summary>False if another seed gives the same run: weights from a file, and nothing random.</summary>
    public bool UsesSeed { get; init; } = true;

    /// <summary>Creates the ranks of one run in this process, each to be stepped on a thread of its own.</summary>
    public Func<LoopOptions, int, IReadOnlyList<ITrainingLoop>>? Ranks { get; init; }

    /// <summary>Evaluates a loop between two steps, as training does.</summary>
    public Action<ITrainingLoop>? Evaluate { get; init; }

    /// <summary>The order of training items, if it is judged.</summary>
    public LoopOrder? Order { get; init; }
}

/// <summary>Constants of AdamW.</summary>
/// <param name="Beta1">β₁, of the mean of gradients.</param>
/// <param name="Beta2">β₂, of the mean of squares.</param>
/// <param name="Epsilon">ε, added to the root after the correction of its bias.</param>
public sealed record LoopAdamW(double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8);

/// <summary>The order in which training reads its items.</summary>
/// <param name="Items">Number of items, held-out ones included.</param>
/// <param name="Epoch">Returns the items of an epoch for a seed, from a position in the epoch on.</param>
public sealed record LoopOrder(int Items, Func<long, int, int, IEnumerable<int>> Epoch)
{
    /// <summary>Which items are held out. Default: none.</summary>
    public Func<int, bool> IsHeldOut { get; init; } = _ => false;
}

/// <summary>What the requirements judge.</summary>
/// <param name="Facts">What is stated about the loop.</param>
/// <param name="Create">Creates a loop at step 0.</param>
public sealed record LoopSubject(LoopFacts Facts, Func<LoopOptions, ITrainingLoop> Create);
