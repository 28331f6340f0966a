using System.Buffers;

namespace TurkishLlm.Data.Batches;

/// <summary>Reads a window of a shard as inputs and targets; the target is the token after each input.</summary>
internal static class TokenWindow
{
    public static void Read(TokenShard shard, long position, Span<long> inputs, Span<long> targets)
    {
        var tokens = ArrayPool<ushort>.Shared.Rent(inputs.Length + 1);
        try
        {
            shard.Read(position, tokens.AsSpan(0, inputs.Length + 1));
            for (var i = 0; i < inputs.Length; i++) (inputs[i], targets[i]) = (tokens[i], tokens[i + 1]);
        }
        finally
        {
            ArrayPool<ushort>.Shared.Return(tokens);
        }
    }

    public static void RefuseLength(int sequenceLength, Span<long> inputs, Span<long> targets)
    {
        if (inputs.Length != sequenceLength || targets.Length != sequenceLength)
            throw new ArgumentException(
                $"A window has {sequenceLength} inputs and {sequenceLength} targets; the spans have "
                    + $"{inputs.Length} and {targets.Length}.");
    }
}
