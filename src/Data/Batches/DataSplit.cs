namespace TurkishLlm.Data.Batches;

/// <summary>What a shard is for. The numbers are written into shard headers.</summary>
public enum DataSplit
{
    /// <summary>Documents the model learns from.</summary>
    Train = 1,

    /// <summary>Documents the model never learns from; its loss on them says whether it learns or remembers.</summary>
    Validation = 2,
}
