namespace TurkishLlm.Plans;

/// <summary>Actions on a batch that would harm the model.</summary>
public enum DivergenceAction
{
    /// <summary>Write an event and use the batch anyway.</summary>
    Log,

    /// <summary>Stop training before the batch changes the weights.</summary>
    Stop,

    /// <summary>Skip the batch and continue with the next one.</summary>
    Skip,

    /// <summary>Return to the last checkpoint and continue with the batch after the bad one.</summary>
    Rollback,
}
