using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.Reinforcement;

/// <summary>The questions of a run: loads them and removes those of gold files and those that are too long.</summary>
public sealed class QuestionDataset
{
    private QuestionDataset(IReadOnlyList<AskedQuestion> questions, IReadOnlyList<string> notes) =>
        (Questions, Notes) = (questions, notes);

    /// <summary>The questions, in the order of the files.</summary>
    public IReadOnlyList<AskedQuestion> Questions { get; }

    /// <summary>What a user should know: rows that are not used, and keys that are not known.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Loads the questions.</summary>
    /// <param name="template">Renders prompts to tokens.</param>
    /// <param name="options">Files and options.</param>
    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="InvalidDataException">A row is invalid or lacks a reference answer, or no question is left.</exception>
    public static QuestionDataset Open(ChatTemplate template, QuestionOptions options)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(options);
        var gold = ProtectedExamples.ReadGold(options.GoldFiles);
        var (questions, notes) = (new List<AskedQuestion>(), new List<string>());
        foreach (var file in options.Files)
        {
            var (problems, unknown, (excluded, tooLong)) = (new List<string>(), new UnknownKeys(), (0, 0));
            foreach (var row in ConversationReader.Read(
                file, onSkipped: options.SkipInvalid ? problems.Add : null, unknownKeys: unknown))
            {
                var question = CreateQuestion(row, template, options.NeedsReference);
                if (gold.Contains(row, RowKeys.Compute(row))) excluded++;
                else if (question.PromptIds.Count > options.MaxPromptLength) tooLong++;
                else questions.Add(question);
            }
            notes.AddRange(RowNotes.Create(file, problems.Count, problems, unknown.Description));
            if (excluded > 0) notes.Add(FormattableString.Invariant($"{file}: {excluded} questions of gold files are not asked"));
            if (tooLong > 0)
                notes.Add(FormattableString.Invariant($"{file}: {tooLong} questions are not asked, because their prompts have ")
                    + FormattableString.Invariant($"more than {options.MaxPromptLength} tokens (training.sequence_length − ")
                    + "grpo.max_new_tokens)");
        }
        return questions.Count > 0 ? new(questions, notes) : throw new InvalidDataException(
            $"No question is left: {string.Join("; ", notes.DefaultIfEmpty("the files have no rows"))}. Add questions, or "
                + "increase training.sequence_length.");
    }

    private static AskedQuestion CreateQuestion(ConversationRow row, ChatTemplate template, bool needsReference)
    {
        if (row.Conversation is not { } conversation)
            throw new InvalidDataException(
                $"{row.Location}: the row contains tokens, but answers are judged as texts. Use the file they were made from.");
        var (prompt, reference) = conversation.AwaitsAnswer
            ? (conversation, null)
            : (new Conversation([.. conversation.Messages.SkipLast(1)]), conversation.Messages[^1].Text);
        if (reference is null && needsReference)
            throw new InvalidDataException(
                $"{row.Location}: the question has no reference answer, but a reward of the plan compares with it. Add the "
                    + "answer, or use rewards without one.");
        return new(row.Location, prompt, template.RenderPrompt(prompt), reference);
    }
}
