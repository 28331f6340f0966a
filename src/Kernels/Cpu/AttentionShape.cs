namespace TurkishLlm.Kernels;

/// <summary>Sizes of an attention, and where its numbers are: <c>[batch, time, heads, size]</c>.</summary>
internal readonly record struct AttentionShape(int Batch, int Time, int Heads, int KeyValueHeads, int Size)
{
    /// <summary>Query heads of all rows.</summary>
    public int AllHeads => Batch * Heads;

    /// <summary>Key/value heads of all rows.</summary>
    public int AllKeyValueHeads => Batch * KeyValueHeads;

    /// <summary>Query heads that share a key/value head.</summary>
    public int Group => Heads / KeyValueHeads;

    /// <summary>Distance between positions of a query head.</summary>
    public int QueryStride => Heads * Size;

    /// <summary>Distance between positions of a key/value head.</summary>
    public int KeyStride => KeyValueHeads * Size;

    /// <summary>Factor of every score.</summary>
    public float Scale => 1 / MathF.Sqrt(Size);

    /// <summary>First number of a query head.</summary>
    /// <param name="head">0 … <see cref="AllHeads"/> − 1.</param>
    public long Query(int head) => ((long)(head / Heads) * Time * Heads + head % Heads) * Size;

    /// <summary>First number of a key/value head.</summary>
    /// <param name="head">0 … <see cref="AllKeyValueHeads"/> − 1.</param>
    public long Key(int head) => ((long)(head / KeyValueHeads) * Time * KeyValueHeads + head % KeyValueHeads) * Size;

    /// <summary>The key/value head of a query head.</summary>
    public int KeyValueHeadOf(int head) => head / Heads * KeyValueHeads + head % Heads / Group;
}
