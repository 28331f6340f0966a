using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.FineTuning;

/// <summary>Detects the examples of gold files and near-duplicates of them, so that evaluation data is never learned.</summary>
/// <remarks>
/// An example matches if it has the same question and, where the gold example has context, also the same context or answer,
/// because one instruction can precede many texts. It nearly matches if question and answer share four of five n-grams
/// (<see cref="MinHash"/>). Case, punctuation and spacing are ignored.
/// </remarks>
internal sealed class GoldSet
{
    private const double NearSimilarity = 0.8;

    private readonly HashSet<UInt128> _keys = [];
    private readonly List<ushort[]> _signatures = [];

    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="InvalidDataException">A file contains tokens or anything else that is not a conversation.</exception>
    public GoldSet(IReadOnlyList<string> files)
    {
        foreach (var row in files.SelectMany(file => ConversationReader.Read(file)))
        {
            if (row.Conversation is null)
                throw new InvalidDataException(
                    $"{row.Location}: a gold set must contain conversations, but the row contains tokens.");
            var keys = RowKeys.Compute(row);
            _keys.UnionWith(
                row.Conversation.Messages.Any(message => message.Context.Count > 0)
                    ? [keys.QuestionAndContext, keys.QuestionAndAnswer]
                    : [keys.Question]);
            _signatures.Add(ComputeSignature(row.Conversation));
        }
    }

    public bool Contains(ConversationRow row, RowKeys keys)
    {
        if (_keys.Count == 0) return false;
        if (_keys.Contains(keys.Question) || _keys.Contains(keys.QuestionAndContext) || _keys.Contains(keys.QuestionAndAnswer))
            return true;
        if (row.Conversation is null) return false;
        var signature = ComputeSignature(row.Conversation);
        return _signatures.Exists(gold => MinHash.EstimateSimilarity(gold, signature) >= NearSimilarity);
    }

    private static ushort[] ComputeSignature(Conversation conversation) => MinHash.ComputeSignature(
        string.Join(
            '\n', conversation
                .Messages.Where(message => message.Role is ChatRole.User or ChatRole.Assistant)
                .Select(message => message.Text)));
}
