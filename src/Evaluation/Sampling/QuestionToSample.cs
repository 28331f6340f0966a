using TurkishLlm.Data.Conversations;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Evaluation.Sampling;

/// <summary>A question to which a model gives several answers.</summary>
/// <param name="Location">File and line.</param>
/// <param name="Prompt">The conversation up to the question.</param>
/// <param name="Reference">The reference answer; null if the row has none.</param>
public sealed record QuestionToSample(string Location, Conversation Prompt, string? Reference)
{
    /// <summary>Reads the questions of a file: each row up to its last question, and the answer after it.</summary>
    /// <param name="file">A file in any format of training data.</param>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file cannot be read; the message names the row.</exception>
    public static IEnumerable<QuestionToSample> Read(string file)
    {
        if (ConversationReader.DetectFormat(file) == ConversationFormat.Tokens)
            throw new InvalidDataException(
                $"{file} holds tokens, but rewards compare texts. Pass the file that the tokens were made from.");
        return ConversationReader.Read(file).Select(Create);
    }

    private static QuestionToSample Create(ConversationRow row)
    {
        var conversation = row.Conversation!;
        if (conversation.AwaitsAnswer) return new(row.Location, conversation, Reference: null);
        var answer = conversation.Messages[^1];
        return answer.ToolCall is null
            ? new(row.Location, new([.. conversation.Messages.SkipLast(1)]), answer.Text)
            : throw new InvalidDataException(
                $"{row.Location}: the row ends with a tool call, which no reward can judge. Remove the row.");
    }
}
