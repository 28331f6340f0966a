namespace TurkishLlm.Data.FineTuning;

/// <summary>Selects and orders training examples by the loss that a checkpoint has on them.</summary>
/// <param name="Scores">File of losses, written by <c>data score</c>.</param>
/// <remarks>
/// Very low losses are of examples that the model knows already, very high ones often of wrong or unreadable examples. Source:
/// tutorial on fine-tuning, "Multi-stage SFT" (simple to complex) and the report on Llama 3 (pruning of rows).
/// Spec: SFT-61.
/// </remarks>
public sealed record Curriculum(string Scores)
{
    /// <summary>Fraction of the training examples, those with the lowest losses, that is excluded.</summary>
    public double SkipEasiest { get; init; }

    /// <summary>Fraction of the training examples, those with the highest losses, that is excluded.</summary>
    public double SkipHardest { get; init; }

    /// <summary>Order of the examples of an epoch.</summary>
    public CurriculumOrder Order { get; init; } = CurriculumOrder.None;

    /// <summary>Number of bands of increasing loss, of about equally many examples, which are shuffled separately.</summary>
    public int Bands { get; init; } = 10;
}

/// <summary>Order of the examples of an epoch.</summary>
public enum CurriculumOrder
{
    /// <summary>Shuffled.</summary>
    None,

    /// <summary>Bands with low losses first; shuffled within each band.</summary>
    EasyFirst,
}
