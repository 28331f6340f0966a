using TurkishLlm.Data.Batches;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Data;

/// <summary>Splits the tokens of a split into documents.</summary>
internal static class DocumentTokens
{
    /// <summary>Returns the first tokens of a split, or all if there are fewer.</summary>
    public static ushort[] ReadFirstTokens(TokenShard shard, int atMost)
    {
        var tokens = new ushort[Math.Min(shard.Count, atMost)];
        shard.Read(0, tokens);
        return tokens;
    }

    /// <summary>Returns the complete documents in a sequence of tokens, without begin and end tokens.</summary>
    public static IEnumerable<ushort[]> SplitDocuments(ushort[] tokens)
    {
        var begin = -1;
        for (var i = 0; i < tokens.Length; i++)
        {
            if (tokens[i] == SpecialTokens.BeginOfText) begin = i + 1;
            else if (tokens[i] == SpecialTokens.EndOfText && begin >= 0)
            {
                yield return tokens[begin..i];
                begin = -1;
            }
        }
    }
}
