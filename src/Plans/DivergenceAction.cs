namespace TurkishLlm.Plans;

/// <summary>What is done about a batch that would harm the model.</summary>
public enum DivergenceAction
{
    /// <summary>It is told, and learned from all the same.</summary>
    Log,

    /// <summary>Training ends; the weights before the batch are untouched.</summary>
    Stop,

    /// <summary>The batch is left out; training goes on with the next.</summary>
    Skip,

    /// <summary>Training goes back to the last checkpoint, and on with the batch after the bad one.</summary>
    Rollback,
}
