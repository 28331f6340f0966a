using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Data;

/// <summary>What makes examples the same. Case, punctuation and spacing of questions and answers do not count; of the whole, they do.</summary>
/// <param name="Whole">Every turn.</param>
/// <param name="Question">Questions alone.</param>
/// <param name="Asked">Questions and contexts.</param>
/// <param name="Answered">Questions and answers.</param>
internal readonly record struct RowKeys(UInt128 Whole, UInt128 Question, UInt128 Asked, UInt128 Answered)
{
    public static RowKeys Of(ConversationRow row)
    {
        if (row.Conversation is not { } conversation)
        {
            var tokens = row.Tokens!;
            var key = Hash("tokens", string.Join(' ', tokens.Ids));
            return new(Hash("marks", string.Join(' ', tokens.Marked)) ^ key, key, key, key);
        }
        var messages = conversation.Messages;
        var questions = Words(messages, ChatRole.User, message => message.Text);
        return new(
            Hash("whole", string.Join('\0', messages.Select(message => $"{message.Role}\0{string.Join('\0', message.Context)}\0{message.Text}\0{message.ToolCall}"))),
            Hash("question", questions),
            Hash("asked", $"{questions}\0{Words(messages, ChatRole.User, message => string.Join('\n', message.Context))}"),
            Hash("answered", $"{questions}\0{Words(messages, ChatRole.Assistant, message => message.Text)}"));
    }

    private static string Words(IReadOnlyList<ChatMessage> messages, ChatRole role, Func<ChatMessage, string> text)
    {
        var words = new StringBuilder();
        foreach (var message in messages.Where(message => message.Role == role))
        {
            for (var scanner = new WordScanner(text(message)); scanner.Next();) words.Append(scanner.Hash).Append(' ');
            words.Append('|');
        }
        return words.ToString();
    }

    private static UInt128 Hash(string kind, string text) =>
        BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}\0{text}")));
}
