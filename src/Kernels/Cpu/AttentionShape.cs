namespace TurkishLlm.Kernels.Cpu;

/// <summary>Sizes and strides of an attention: <c>[batch, time, heads, size]</c>.</summary>
internal readonly record struct AttentionShape(int Batch, int SequenceLength, int Heads, int KeyValueHeads, int HeadDim)
{
    /// <summary>Number of query heads in all rows.</summary>
    public int TotalHeads => Batch * Heads;

    /// <summary>Number of key/value heads in all rows.</summary>
    public int TotalKeyValueHeads => Batch * KeyValueHeads;

    /// <summary>Number of query heads that share a key/value head.</summary>
    public int GroupSize => Heads / KeyValueHeads;

    /// <summary>Distance between consecutive positions of a query head.</summary>
    public int QueryStride => Heads * HeadDim;

    /// <summary>Distance between consecutive positions of a key/value head.</summary>
    public int KeyStride => KeyValueHeads * HeadDim;

    /// <summary>Factor of every score.</summary>
    public float Scale => 1 / MathF.Sqrt(HeadDim);

    /// <summary>Returns the offset of a query head.</summary>
    /// <param name="head">0 … <see cref="TotalHeads"/> − 1.</param>
    public long GetQueryOffset(int head) => ((long)(head / Heads) * SequenceLength * Heads + head % Heads) * HeadDim;

    /// <summary>Returns the offset of a key/value head.</summary>
    /// <param name="head">0 … <see cref="TotalKeyValueHeads"/> − 1.</param>
    public long GetKeyOffset(int head) =>
        ((long)(head / KeyValueHeads) * SequenceLength * KeyValueHeads + head % KeyValueHeads) * HeadDim;

    /// <summary>Returns the key/value head of a query head.</summary>
    public int GetKeyValueHead(int head) => head / Heads * KeyValueHeads + head % Heads / GroupSize;
}
