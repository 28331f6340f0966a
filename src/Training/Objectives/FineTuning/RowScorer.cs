using TorchSharp;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Objectives.FineTuning;

/// <summary>Computes the loss of a model on single rows, with the loss masks of training.</summary>
/// <remarks>
/// Every row is read alone, without padding, so its loss does not depend on other rows or on the size of a batch. Spec: SFT-60.
/// </remarks>
public static class RowScorer
{
    /// <summary>Scores a row of a file.</summary>
    /// <param name="model">The model.</param>
    /// <param name="template">Renders conversations to tokens.</param>
    /// <param name="tokenizer">The tokenizer of the template.</param>
    /// <param name="row">The row.</param>
    /// <param name="options">Sequence length, strategy and supervision, as in training.</param>
    /// <returns>The score; its loss is null if training would skip the row.</returns>
    public static RowScore Score(
        LanguageModel model, ChatTemplate template, Tokenizer tokenizer, ConversationRow row, SftOptions options)
    {
        ArgumentNullException.ThrowIfNull(row);
        var example = TruncationResult.TruncateRow(template, tokenizer, row, options).Tokens;
        return new(
            RowScore.GetKey(row), row.Location, example is null ? null : ComputeLoss(model, example),
            example?.SupervisedCount ?? 0);
    }

    /// <summary>Computes the mean loss of the learned tokens of an example, in nats.</summary>
    /// <param name="model">The model.</param>
    /// <param name="example">An example with at least one learned token.</param>
    public static double ComputeLoss(LanguageModel model, TokenizedExample example)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(example);
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        var alone = ExampleCollator.Collate([[example]], length: null, model.Device);
        return alone.LossSum(model).ToDouble() / example.SupervisedCount;
    }
}
