using TurkishLlm.Data.Batches;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Data;

/// <summary>Takes the tokens of a split apart into documents.</summary>
internal static class DocumentTokens
{
    /// <summary>The first tokens of a split: all when there are not more.</summary>
    public static ushort[] ReadFirstTokens(TokenShard shard, int atMost)
    {
        var tokens = new ushort[Math.Min(shard.Count, atMost)];
        shard.Read(0, tokens);
        return tokens;
    }

    /// <summary>The complete documents among some tokens, without begin and end.</summary>
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
