namespace TurkishLlm.Data.Batches;

/// <summary>The purpose of a shard. The values are written to shard headers.</summary>
public enum DataSplit
{
    /// <summary>Training documents.</summary>
    Train = 1,

    /// <summary>Held-out documents, which the model never learns from.</summary>
    Validation = 2,
}
