using TurkishLlm.Data.Batches;

namespace TurkishLlm.Data.Conversations;

/// <summary>
/// Tokens with labels as other trainers store them: the label of a learned token is the token, otherwise −1 or −100.
/// </summary>
internal static class TokenFormat
{
    /// <summary>The label that other tools write for tokens that are not learned. −1 is accepted as well.</summary>
    public const int PyTorchIgnoreIndex = -100;

    public static ConversationRow Read(JsonRow row)
    {
        KnownKeys.Tokens.Check(row);
        var (ids, labels) = (row.GetIntegers("input_ids"), row.GetIntegers("labels"));
        if (ids.Count != labels.Count)
            throw row.CreateException(FormattableString.Invariant($"there are {ids.Count} input_ids but {labels.Count} labels."));
        for (var i = 0; i < ids.Count; i++)
            if (!IsIgnored(labels[i]) && labels[i] != ids[i])
                throw row.CreateException(
                    FormattableString.Invariant($"labels[{i}] is {labels[i]}, but input_ids[{i}] is {ids[i]}. ")
                    + "A label must equal its token, or be −1 or −100; shifted labels are not supported.");
        try
        {
            return new(row.File, row.Line)
            {
                Ordinal = row.Ordinal,
                Tokens = new(ids, [.. labels.Select(label => !IsIgnored(label))]),
            };
        }
        catch (ArgumentException error)
        {
            throw row.CreateException(error.Message.Split(" (Parameter", 2)[0], error);
        }
    }

    private static bool IsIgnored(int label) => label is PyTorchIgnoreIndex or (int)SequentialWindows.IgnoreIndex;
}
