using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Tests.Unit.Inference;
using TurkishLlm.Tests.Unit.Training;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Optimization;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>Writes a run folder with a model that always gives the same answer.</summary>
internal static class ScriptedRun
{
    /// <param name="folder">Folder to write.</param>
    /// <param name="says">The answer.</param>
    /// <param name="contextLength">Context length in tokens.</param>
    /// <param name="system">System prompt of the template.</param>
    /// <param name="converses">False for a model without a chat template.</param>
    public static string Write(string folder, string says, int contextLength = 160, string? system = null, bool converses = true)
    {
        var tokenizer = ScriptedModel.Tokenizer;
        return Write(folder, [.. tokenizer.EncodeToIds(says), SpecialTokens.EndOfTurn], contextLength, system, converses);
    }

    /// <inheritdoc cref="Write(string, string, int, string?, bool)"/>
    /// <param name="folder">Folder to write.</param>
    /// <param name="ids">The answer, token by token.</param>
    /// <param name="contextLength">Context length in tokens.</param>
    /// <param name="system">System prompt of the template.</param>
    /// <param name="converses">False for a model without a chat template.</param>
    public static string Write(
        string folder, IReadOnlyList<int> ids,
        int contextLength = 160,
        string? system = null,
        bool converses = true)
    {
        var tokenizer = ScriptedModel.Tokenizer;
        var config = ScriptedModel.Config(tokenizer, contextLength);
        var plan = TinyPlan.Create(folder) with { Model = config };
        Directory.CreateDirectory(Path.Combine(folder, "checkpoints"));
        File.WriteAllText(Path.Combine(folder, "plan.yaml"), plan.ToYaml());
        using var weights = ScriptedModel.Weights(config, tokenizer, ids);
        using var optimizer = new AdamW(weights, new AdamWSettings(0.9, 0.95, 1e-8, 0.1));
        Checkpoint.Save(
            RunFolder.OpenExisting(folder).CheckpointFolder(12), weights, optimizer,
            converses ? new ChatTemplate(tokenizer, system) : null,
            hashes => new CheckpointState(
                12, 12, 1.5, null, plan.Seed, tokenizer.Hash, "da7a", null, "5e1f", null, SafetyState.Initial, hashes));
        return folder;
    }
}
