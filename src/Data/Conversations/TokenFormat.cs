using TurkishLlm.Data.Batches;

namespace TurkishLlm.Data.Conversations;

/// <summary>Tokens with labels as other trainers store them: a label is its token where it is learned, and −1 or −100 where not.</summary>
internal static class TokenFormat
{
    /// <summary>What other tools write where a token is not learned; our own −1 is read as well.</summary>
    public const int PyTorchIgnoreIndex = -100;

    public static ConversationRow Read(JsonRow row)
    {
        var (ids, labels) = (row.GetIntegers("input_ids"), row.GetIntegers("labels"));
        if (ids.Count != labels.Count) throw row.CreateException(FormattableString.Invariant($"there are {ids.Count} input_ids but {labels.Count} labels."));
        for (var i = 0; i < ids.Count; i++)
            if (!IsIgnored(labels[i]) && labels[i] != ids[i])
                throw row.CreateException(FormattableString.Invariant($"labels[{i}] is {labels[i]}, but the token there is {ids[i]}. A label is its own token, −1 or −100; labels that are shifted already cannot be read."));
        try
        {
            return new(row.File, row.Line) { Tokens = new(ids, [.. labels.Select(label => !IsIgnored(label))]) };
        }
        catch (ArgumentException error)
        {
            throw row.CreateException(error.Message.Split(" (Parameter", 2)[0], error);
        }
    }

    private static bool IsIgnored(int label) => label is PyTorchIgnoreIndex or (int)SequentialWindows.IgnoreIndex;
}
