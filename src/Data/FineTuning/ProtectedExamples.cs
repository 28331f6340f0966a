using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.FineTuning;

/// <summary>
/// Detects the examples of gold or validation files and near-duplicates of them, so that evaluation data is never learned.
/// </summary>
/// <remarks>
/// An example matches if it has the same question and, where the protected example has context, also the same context or answer,
/// because one instruction can precede many texts. It nearly matches if question and answer share four of five n-grams
/// (<see cref="MinHash"/>). Case, punctuation and spacing are ignored.
/// </remarks>
internal sealed class ProtectedExamples
{
    private const double NearSimilarity = 0.8;

    private readonly HashSet<UInt128> _keys = [];
    private readonly List<ushort[]> _signatures = [];

    /// <param name="rows">The protected rows.</param>
    public ProtectedExamples(IEnumerable<ConversationRow> rows)
    {
        foreach (var row in rows)
        {
            var keys = RowKeys.Compute(row);
            _keys.UnionWith(
                row.Conversation is { } asked && asked.Messages.Any(message => message.Context.Count > 0)
                    ? [keys.QuestionAndContext, keys.QuestionAndAnswer]
                    : [keys.Question]);
            if (row.Conversation is { } conversation) _signatures.Add(ComputeSignature(conversation));
        }
    }

    /// <summary>Reads the examples of gold files.</summary>
    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="InvalidDataException">A file contains tokens or anything else that is not a conversation.</exception>
    public static ProtectedExamples ReadGold(IReadOnlyList<string> files) =>
        new(files.SelectMany(file => ConversationReader.Read(file)).Select(row => row.Conversation is not null
            ? row
            : throw new InvalidDataException(
                $"{row.Location}: a gold set must contain conversations, but the row contains tokens.")));

    /// <summary>Returns true if a row is one of the examples, or nearly.</summary>
    /// <param name="row">The row.</param>
    /// <param name="keys">The keys of the row.</param>
    public bool Contains(ConversationRow row, RowKeys keys)
    {
        if (_keys.Count == 0) return false;
        if (_keys.Contains(keys.Question) || _keys.Contains(keys.QuestionAndContext) || _keys.Contains(keys.QuestionAndAnswer))
            return true;
        if (row.Conversation is null) return false;
        var signature = ComputeSignature(row.Conversation);
        return _signatures.Exists(other => MinHash.EstimateSimilarity(other, signature) >= NearSimilarity);
    }

    private static ushort[] ComputeSignature(Conversation conversation) => MinHash.ComputeSignature(
        string.Join(
            '\n', conversation
                .Messages.Where(message => message.Role is ChatRole.User or ChatRole.Assistant)
                .Select(message => message.Text)));
}
