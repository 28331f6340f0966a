namespace TurkishLlm.Tools.Mutation.Catalog;

internal static class FineTuningMutations
{
    private const string Template = "src/Tokenization/Chat/ChatTemplate.cs",
        Marked = "src/Data/Conversations/TokenizedExample.cs",
        Packed = "src/Data/Packing/PackedRow.cs",
        Packing = "src/Data/Packing/RowPacking.cs",
        Fitted = "src/Data/FineTuning/TruncationResult.cs",
        Shortened = "src/Data/FineTuning/ContextTruncator.cs",
        Order = "src/Data/Packing/EpochShuffler.cs",
        Dataset = "src/Data/FineTuning/SftDataset.cs",
        Sft = "src/Training/Objectives/FineTuning/SftData.cs",
        Exported = "src/Tokenization/Chat/ChatTemplateFile.cs",
        Batch = "src/Training/Objectives/TokenBatch.cs",
        Growth = "src/Model/Parameters/EmbeddingResizer.cs",
        Rates = "src/Plans/LearningRateMultipliers.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new(
            "answers-are-not-marked",
            ["BUG-SFT-01"],
            Template, "builder.AppendText(SegmentKind.Text, messageIndex, message.Text, supervised);",
            "builder.AppendText(SegmentKind.Text, messageIndex, message.Text, supervised: false);",
            "Only the end of an answer is learned."),
        new(
            "leaks-are-trained-on",
            ["BUG-DAT-19"],
            Dataset, "row.IsInValidation = row.Source < first && validationRows.Contains(row.Row, row.Keys);",
            "row.IsInValidation = false;",
            "Training rows that a validation file contains are trained on."),
        new(
            "all-is-learned-where-nothing-is-marked",
            ["BUG-SFT-02"],
            Fitted, "if (rendered.SupervisedCount == 0) return new(null, RowOutcome.NothingToLearn, TruncatedPart.None);",
            "if (rendered.SupervisedCount == 0) return new(new(rendered.Ids, [.. rendered.Ids.Select((_, i) => i > 0)]), "
                + "RowOutcome.Train, TruncatedPart.None);",
            "A conversation without an answer is learned as a whole."),
        new(
            "end-of-turn-is-not-learned",
            ["BUG-SFT-04"],
            Template, "builder.AppendEndOfTurn(messageIndex, supervised);",
            "builder.AppendEndOfTurn(messageIndex, supervised: false);",
            "Answers are learned without their ends."),
        new(
            "ends-of-older-turns-are-learned",
            ["BUG-SFT-05"],
            Template, "builder.AppendEndOfTurn(messageIndex, supervised);",
            "builder.AppendEndOfTurn(messageIndex, message.Role == ChatRole.Assistant);",
            "The ends of older answers are learned, although the policy excludes them."),
        new(
            "calls-of-tools-are-not-learned",
            ["BUG-SFT-05", "BUG-SFT-11"],
            Template,
            "Supervision.Completion => FindLast(conversation, ChatRole.User),",
            "Supervision.Completion => FindLast(conversation, ChatRole.Assistant),",
            "Of the turns after the last question only the last is learned."),
        new("marks-are-a-place-late", ["BUG-SFT-06"], Marked, "_lossMask[i + 1] ? _ids[i + 1]", "_lossMask[i] ? _ids[i + 1]",
            "The first token of every answer is not learned, and one after its end is."),
        new(
            "header-is-learned",
            ["BUG-SFT-08"],
            Template, "builder.AppendControl(messageIndex, [.. _headers[(int)message.Role]]);",
            "foreach (var id in _headers[(int)message.Role]) "
                + "builder.AppendSpecial(SegmentKind.Control, messageIndex, id, supervised);",
            "The model learns to write the header of its turn."),
        new(
            "excluded-answers-are-learned",
            ["BUG-SFT-05"],
            Template,
            "conversation.Messages[i].IsLearned && i >= first",
            "conversation.Messages[i].Role == ChatRole.Assistant && i >= first",
            "Answers that a file excludes with weight 0 are learned."),
        new(
            "arguments-of-calls-stay-text",
            ["BUG-SFT-21"],
            "src/Data/Conversations/ToolCallText.cs", "AppendArguments(text, call, property.Value.GetString()!);",
            "CompactJson.Append(text, property.Name, property.Value);",
            "Arguments that OpenAI files give as JSON in a text are learned with its quotes and escapes."),
        new(
            "stop-texts-by-culture",
            ["BUG-SFT-10"],
            "src/Inference/Chat/StopSequenceFilter.cs", "held.EndsWith(text, StringComparison.Ordinal)",
            "held.EndsWith(text, StringComparison.CurrentCulture)",
            "A stop sequence is searched by the rules of a culture, which skips invisible characters."),
        new(
            "only-the-last-answer-is-learned",
            ["BUG-SFT-11"],
            Template,
            "Supervision.All => 0,",
            "Supervision.All => FindLast(conversation, ChatRole.Assistant),",
            "In a conversation of several turns, only the last is learned."),
        new(
            "context-of-older-questions-is-dropped",
            ["BUG-SFT-12"],
            Template, "AppendTurn(canvas, i, conversation.Messages[i], conversation",
            "AppendTurn(canvas, i, i < conversation.Messages.Count - 2 && conversation.Messages[i].Role == ChatRole.User "
                + "? ChatMessage.User(conversation.Messages[i].Text) "
                + ": conversation.Messages[i], conversation",
            "Only the last question has its context, so a conversation is not a continuation of the one before."),
        new(
            "targets-are-not-moved-with-their-example",
            ["BUG-SFT-13"],
            Packed, "targets.Slice(start, example.Length));", "targets.Slice(Math.Max(0, start - 1), example.Length));",
            "In a packed row, targets are one position early from the second example on."),
        new(
            "border-of-examples-is-learned",
            ["BUG-DAT-08"],
            Packed, "            start += example.Length;",
            "            if (start > 0) targets[start - 1] = example.Ids[0];\n            start += example.Length;",
            "The last token of an example learns to predict the first of the next."),
        new(
            "token-after-an-end-of-turn-is-not-learned",
            ["BUG-LOS-04"],
            Marked, "_lossMask[i + 1] ? _ids[i + 1]",
            "_lossMask[i + 1] && _ids[i] != Tokenization.SpecialTokens.EndOfTurn ? _ids[i + 1]",
            "Borders are found by value, and the token after each is dropped."),
        new(
            "special-tokens-are-not-learned",
            ["BUG-TOK-15"],
            Marked, "_lossMask[i + 1] ? _ids[i + 1]",
            "_lossMask[i + 1] && _ids[i + 1] >= Tokenization.SpecialTokens.Count ? _ids[i + 1]",
            "The rows of special tokens keep their initial values."),
        new(
            "packed-examples-see-each-other",
            ["BUG-SFT-14", "BUG-SFT-15"],
            "src/Training/Objectives/FineTuning/ExampleCollator.cs",
            "rows.Any(row => row.Count > 1) ? segmentStarts : null",
            "null",
            "Only the causal mask separates the examples of a row."),
        new(
            "split-rows-see-each-other",
            ["BUG-SFT-14"],
            Batch,
            "SegmentStarts = SegmentStarts?.narrow(0, first, count),",
            "SegmentStarts = null,",
            "When memory runs out and a batch is split, its packed examples are no longer separated."),
        new(
            "split-rows-count-by-row",
            ["BUG-SFT-15"],
            Batch, "counted.reshape(-1).nonzero().reshape(-1)", "counted.nonzero().select(1, 1).contiguous()",
            "When a batch is split, learned positions are searched in its first row."),
        new(
            "a-place-reads-the-token-before-its-text",
            ["BUG-SFT-14"],
            "src/Model/Layers/GroupedQueryAttention.cs", "segmentStarts.size(1), 1)).lt(0);",
            "segmentStarts.size(1), 1)).lt(-1);",
            "Without the kernel, the last token of the text before is visible."),
        new(
            "examples-are-found-by-end-of-text",
            ["BUG-SFT-16"],
            Packed, "segmentStarts.Slice(start, example.Length).Fill(start);",
            "segmentStarts.Slice(start, example.Length).Fill(start > 0 && inputs[start - 1] == SpecialTokens.EndOfText "
                + "? start : 0);",
            "Examples are separated at end-of-text tokens, which they do not have."),
        new(
            "rows-are-padded-in-front",
            ["BUG-GEN-01"],
            Packed,
            "var start = 0;",
            "var start = inputs.Length - examples.Sum(example => example.Length);",
            "Padding precedes a text, which reads it and depends on the lengths of the other texts."),
        new(
            "padding-may-read-nothing",
            ["BUG-ATT-14"],
            Packed, "segmentStarts[start..].Fill(start);", "segmentStarts[start..].Fill(inputs.Length);",
            "Every key of a padded position is masked."),
        new(
            "cut-answers-end-their-turn",
            ["BUG-SFT-17"],
            Fitted, ": new(\n                new([.. rendered.Ids.Take(maxTokens)], [.. rendered.LossMask.Take(maxTokens)]),",
            ": new(new([.. rendered.Ids.Take(maxTokens - 1), SpecialTokens.EndOfTurn], "
                + "[.. rendered.LossMask.Take(maxTokens - 1), true]),",
            "An answer that was cut gets an end of turn, which teaches to stop early."),
        new(
            "examples-without-an-answer-stay",
            ["BUG-SFT-17"],
            Fitted, "return learned == 0\n            ?", "return learned < 0\n            ?",
            "If the question alone fills the sequence, an example without anything to learn is kept."),
        new(
            "whole-length-does-not-fit",
            ["BUG-SFT-17"],
            Fitted, "if (rendered.Ids.Count <= maxTokens) return CreateKept",
            "if (rendered.Ids.Count < maxTokens) return CreateKept",
            "An example of exactly the sequence length is cut or dropped."),
        new(
            "context-is-cut-at-its-end",
            ["BUG-SFT-17"],
            Shortened, "string.Concat(text.AsSpan(0, head), Gap, text.AsSpan(tail))", "string.Concat(text.AsSpan(0, head), Gap)",
            "A cut context loses its end as well as its middle."),
        new("a-row-keeps-its-old-room", ["BUG-SFT-18"], Packing, "withRoom[room].Pop()", "withRoom[room].Peek()",
            "A row is filled beyond its length."),
        new(
            "begin-of-text-twice",
            ["BUG-SFT-19"],
            Template, "canvas.AppendControl(-1, SpecialTokens.BeginOfText);",
            "canvas.AppendControl(-1, SpecialTokens.BeginOfText, SpecialTokens.BeginOfText);",
            "A conversation has two begin-of-text tokens."),
        new(
            "begin-of-text-before-a-task-only",
            ["BUG-SFT-20"],
            Template, "canvas.AppendControl(-1, SpecialTokens.BeginOfText);",
            "if (conversation.Messages[0].Role == ChatRole.System) canvas.AppendControl(-1, SpecialTokens.BeginOfText);",
            "A conversation without a task has no begin-of-text token."),
        new(
            "prompt-without-line-ends",
            ["BUG-SFT-21"],
            Template, ".. _headers[(int)ChatRole.Assistant]]", ".. _headers[(int)ChatRole.Assistant].SkipLast(1)]",
            "The prompt of inference lacks the line breaks after the header that training has."),
        new(
            "two-tasks",
            ["BUG-SFT-21"],
            Template, "if (System is not null && conversation.Messages[0].Role != ChatRole.System)", "if (System is not null)",
            "A conversation with its own task has that of the template too."),
        new(
            "one-order-for-all-epochs",
            ["BUG-CKP-07", "BUG-DAT-16"],
            Order, "CounterRandom.GetInt64(_seed, epoch, i, i + 1L)", "CounterRandom.GetInt64(_seed, 0, i, i + 1L)",
            "Every epoch reads the rows in the same order."),
        new("order-of-the-last-epoch-stays", ["BUG-CKP-06"], Order, "last.Epoch == epoch) return", "last.Epoch <= epoch) return",
            "The order of the first epoch is used for all, and a resumed run has another order."),
        new(
            "epochs-begin-a-row-early",
            ["BUG-CKP-06"],
            Order,
            "GetEpoch(long position) => position / Count;",
            "GetEpoch(long position) => (position + 1) / Count;",
            "The last row of an epoch is that of the next one: one is read twice and another never."),
        new(
            "batches-skip-rows",
            ["BUG-CKP-06"],
            Sft,
            "var first = (dataStep - 1) * _plan.Training.RowsPerStep + firstRow;",
            "var first = dataStep * _plan.Training.RowsPerStep + firstRow;",
            "The rows of the first batch are not read in the first epoch."),
        new(
            "text-of-every-epoch-is-the-same",
            ["BUG-DAT-13"],
            Sft, "_text!.ReadExample(_order.GetEpoch(position), row - _trainingRows.Count)",
            "_text!.ReadExample(0, row - _trainingRows.Count)",
            "Every epoch has the same windows of running text."),
        new(
            "held-out-loss-by-batches",
            ["BUG-EVL-01"],
            Sft, "new(tokens.LossSum(model).ToDouble(), (int)tokens.LossTerms, Bytes: 0)",
            "new(tokens.LossSum(model).ToDouble() / tokens.LossTerms, 1, Bytes: 0)",
            "The loss of the held-out conversations is a mean of the means of batches."),
        new(
            "held-out-loss-is-that-of-training",
            ["BUG-DAT-19"],
            Sft, "_validationRows = BuildRows(Examples.Validation);", "_validationRows = BuildRows(Examples.Train);",
            "The run validates on its training conversations."),
        new(
            "score-of-a-row-is-a-sum", ["BUG-SFT-05"],
            "src/Training/Objectives/FineTuning/RowScorer.cs", "ToDouble() / example.SupervisedCount",
            "ToDouble() / example.Length",
            "The loss of a row is divided by all of its tokens."),
        new(
            "curriculum-prunes-the-wrong-end", [],
            "src/Data/FineTuning/CurriculumSelection.cs", "Math.Round(curriculum.SkipEasiest * rows.Count",
            "Math.Round(curriculum.SkipHardest * rows.Count",
            "As many of the easiest rows are excluded as the plan says of the hardest."),
        new(
            "curriculum-shuffles-across-bands", [],
            "src/Data/Packing/EpochShuffler.cs", "rows.OrderBy(row => _bands[row])", "rows.OrderBy(row => _bands[row] / 2)",
            "Two neighboring bands are shuffled as one."),
        new(
            "questions-on-both-sides",
            ["BUG-DAT-19"],
            Dataset, "groups.Add(row.Keys.QuestionAndContext, row.Keys.QuestionAndAnswer);",
            "groups.Add(row.Keys.WholeConversation);",
            "The same question and answer are in training and held out, with different contexts."),
        new(
            "gold-is-learned", ["BUG-DAT-19"],
            Dataset, "row.IsGold ? RowOutcome.Gold\n                : row.IsInValidation", "row.IsInValidation",
            "Questions of the evaluation are learned."),
        new(
            "equal-rows-are-learned-twice",
            ["BUG-DAT-19"],
            Dataset, "seen.Add(row.Keys.WholeConversation) ? RowOutcome.Train\n                : RowOutcome.Duplicate",
            "seen.Add(row.Keys.WholeConversation) || !row.IsGold ? RowOutcome.Train : RowOutcome.Duplicate",
            "Repetitions are kept."),
        new(
            "norms-of-blocks-move-as-matrices",
            ["BUG-OPT-14"],
            Rates, "name.EndsWith(\"norm.weight\", StringComparison.Ordinal)", "name == \"norm.weight\"",
            "Only the last norm has the rate of the norms."),
        new(
            "rates-of-groups-are-ignored",
            ["BUG-OPT-14"],
            "src/Training/Optimization/AdamW.cs", "baseLearningRate * _multipliers.GetMultiplier(name)", "baseLearningRate",
            "All weights have the same learning rate, regardless of the plan."),
        new(
            "nothing-is-frozen",
            ["BUG-PLB-06", "BUG-OPT-10"],
            "src/Training/Trainer.cs", "_parameters[name].requires_grad_(false);", "_parameters[name].requires_grad_();",
            "Frozen weights are trained."),
        new("ten-is-frozen-with-one", ["BUG-PLB-06"], "src/Plans/FreezePlan.cs", "&& name[part.Length] == '.');", ");",
            "Freezing layers.1 freezes layers.10 too."),
        new(
            "line-ends-a-step-early",
            ["BUG-OPT-05"],
            "src/Training/Optimization/LearningRateSchedule.cs", "* (Steps - step + 1) / (Steps - WarmupSteps);",
            "* (Steps - step) / (Steps - WarmupSteps);",
            "The last step of a linear schedule has the minimum and learns nothing."),
        new("new-rows-are-equal", ["BUG-TOK-15"], Growth, "mean + draw * spread * NoiseScale", "mean + draw * 0",
            "Rows of new tokens are equal and stay equal in training."),
        new("new-rows-are-large", ["BUG-TOK-15"], Growth, "mean + draw * spread * NoiseScale", "mean + draw",
            "Logits of new tokens dominate those of the others."),
        new(
            "policy-is-lost-with-a-cut-context",
            ["BUG-SFT-22"],
            Fitted, "template.Render(shortened, options.Supervision)", "template.Render(shortened)",
            "If a context is shortened, all answers are learned, regardless of the policy."),
        new(
            "policy-is-lost-with-cut-turns",
            ["BUG-SFT-22"],
            Fitted, "Truncate(template, tokenizer, earlier, options);",
            "Truncate(template, tokenizer, earlier, options with { Supervision = Supervision.All });",
            "If turns are removed, all answers that are left are learned, regardless of the policy."),
        new(
            "exclusions-are-lost-with-a-cut-context",
            ["BUG-SFT-22"],
            Shortened, "message.Context.Count == 0 ? message : ChatMessage.User(",
            "message.Context.Count == 0 ? message.Role == ChatRole.Assistant "
                + "? ChatMessage.Assistant(message.Text, message.ToolCall) : message : ChatMessage.User(",
            "If a context is shortened, answers that the file excludes are learned."),
        new(
            "shuffle-is-biased",
            ["BUG-DAT-25"],
            Order, "CounterRandom.GetInt64(_seed, epoch, i, i + 1L)", "CounterRandom.GetInt64(_seed, epoch, i, Count)",
            "Every row is swapped with any other, so some orders are more likely than others."),
        new(
            "rows-never-stay",
            ["BUG-DAT-25"],
            Order, "CounterRandom.GetInt64(_seed, epoch, i, i + 1L)", "CounterRandom.GetInt64(_seed, epoch, i, i)",
            "No row is ever read at its own place."),
        new(
            "positions-of-epochs-wrap-at-31-bits",
            ["BUG-DAT-23"],
            Order, "GetEpoch(long position) => position / Count;",
            "GetEpoch(long position) => (position & int.MaxValue) / Count;",
            "Beyond 2³¹ rows, epochs have the orders of the first ones."),
        new(
            "text-rows-of-an-epoch-are-one-window",
            ["BUG-DAT-26"],
            Sft, "ReadExample(_order.GetEpoch(position), row - _trainingRows.Count)",
            "ReadExample(_order.GetEpoch(position), 0)",
            "All rows of running text of an epoch are the same."),
        new(
            "jinja-task-is-not-escaped",
            ["BUG-SFT-23"],
            Exported, """.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", """, """.Replace("'", """,
            "A backslash in the system prompt changes the exported template."),
        new(
            "jinja-texts-are-not-trimmed",
            ["BUG-SFT-23"],
            Exported, "{{ (message.content or '') | trim }}", "{{ message.content or '' }}",
            "Other programs read the white space around a text, which training removes."),
        new(
            "jinja-prompt-without-line-ends",
            ["BUG-SFT-23"],
            Exported, """assistant<|end_header_id|>\n\n' }}""", """assistant<|end_header_id|>\n' }}""",
            "Other programs ask for an answer with one line break less than training has."),
        new(
            "jinja-task-always",
            ["BUG-SFT-23"],
            Exported, "if system is defined and system and messages[0].role != 'system' %}", "if system is defined and system %}",
            "Other programs put the system prompt of the template before that of the conversation."),
        new(
            "weight-of-the-first-source-for-all",
            ["BUG-DAT-24"],
            Dataset, "ApplyWeight([.. source], options.Sources[source.Key].Weight)",
            "ApplyWeight([.. source], options.Sources[0].Weight)",
            "Every source of conversations has the weight of the first."),
        new(
            "first-rows-are-read-again",
            ["BUG-DAT-24"],
            Dataset, ".. rows.OrderBy(row => row.Priority).Take(more)]", ".. rows.Take(more)]",
            "A weight that is no whole number repeats the first rows of a file."),
    ];
}
