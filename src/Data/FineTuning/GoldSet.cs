using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.FineTuning;

/// <summary>Recognises the examples of gold files, and what is nearly one of them: whatever is measured on must never be learned.</summary>
/// <remarks>
/// The same: the same question, and with a gold example that has context the same context or answer too, for one instruction may
/// stand before many texts. Nearly: questions and answers share four of five runs of words (<see cref="MinHash"/>).
/// Case, punctuation and spacing never count.
/// </remarks>
internal sealed class GoldSet
{
    private const double NearSimilarity = 0.8;

    private readonly HashSet<UInt128> _keys = [];
    private readonly List<ushort[]> _signatures = [];

    /// <exception cref="FileNotFoundException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">A file holds no conversations, or tokens instead.</exception>
    public GoldSet(IReadOnlyList<string> files)
    {
        foreach (var row in files.SelectMany(file => ConversationReader.Read(file)))
        {
            if (row.Conversation is null) throw new InvalidDataException($"{row.Location}: a gold set holds conversations, but the row holds tokens.");
            var keys = RowKeys.Compute(row);
            _keys.UnionWith(row.Conversation.Messages.Any(message => message.Context.Count > 0) ? [keys.QuestionAndContext, keys.QuestionAndAnswer] : [keys.Question]);
            _signatures.Add(ComputeSignature(row.Conversation));
        }
    }

    public bool Contains(ConversationRow row, RowKeys keys)
    {
        if (_keys.Count == 0) return false;
        if (_keys.Contains(keys.Question) || _keys.Contains(keys.QuestionAndContext) || _keys.Contains(keys.QuestionAndAnswer)) return true;
        if (row.Conversation is null) return false;
        var signature = ComputeSignature(row.Conversation);
        return _signatures.Exists(gold => MinHash.EstimateSimilarity(gold, signature) >= NearSimilarity);
    }

    private static ushort[] ComputeSignature(Conversation conversation) => MinHash.ComputeSignature(
        string.Join('\n', conversation.Messages.Where(message => message.Role is ChatRole.User or ChatRole.Assistant).Select(message => message.Text)));
}
