using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.FineTuning;

/// <summary>
/// Keys by which examples are compared. The key of the whole conversation is exact; the others ignore case, punctuation and
/// spacing.
/// </summary>
/// <param name="WholeConversation">Hash of all messages.</param>
/// <param name="Question">Hash of the questions.</param>
/// <param name="QuestionAndContext">Hash of the questions and contexts.</param>
/// <param name="QuestionAndAnswer">Hash of the questions and answers.</param>
internal readonly record struct RowKeys(
    UInt128 WholeConversation, UInt128 Question, UInt128 QuestionAndContext, UInt128 QuestionAndAnswer)
{
    public static RowKeys Compute(ConversationRow row)
    {
        if (row.Conversation is not { } conversation)
        {
            var tokens = row.Tokens!;
            var key = ComputeHash("tokens", string.Join(' ', tokens.Ids));
            return new(ComputeHash("marks", string.Join(' ', tokens.LossMask)) ^ key, key, key, key);
        }
        var messages = conversation.Messages;
        var questions = HashWords(messages, ChatRole.User, message => message.Text);
        return new(
            ComputeHash(
                "whole",
                string.Join(
                    '\0',
                    messages.Select(message =>
                        $"{message.Role}\0{string.Join('\0', message.Context)}\0{message.Text}\0{message.ToolCall}"
                        + (message.Role == ChatRole.Assistant && !message.IsLearned ? "\0read" : "")))),
            ComputeHash("question", questions),
            ComputeHash(
                "asked",
                $"{questions}\0{HashWords(messages, ChatRole.User, message => string.Join('\n', message.Context))}"),
            ComputeHash("answered", $"{questions}\0{HashWords(messages, ChatRole.Assistant, message => message.Text)}"));
    }

    private static string HashWords(IReadOnlyList<ChatMessage> messages, ChatRole role, Func<ChatMessage, string> text)
    {
        var words = new StringBuilder();
        foreach (var message in messages.Where(message => message.Role == role))
        {
            for (var scanner = new WordScanner(text(message)); scanner.MoveNext();) words.Append(scanner.Hash).Append(' ');
            words.Append('|');
        }
        return words.ToString();
    }

    private static UInt128 ComputeHash(string kind, string text) =>
        BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}\0{text}")));
}
