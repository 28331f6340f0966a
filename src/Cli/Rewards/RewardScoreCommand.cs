using System.CommandLine;
using System.Text.Json;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Inference.Rewards;
using TurkishLlm.Runs;

namespace TurkishLlm.Cli.Rewards;

/// <summary><c>turkishllm reward score MODEL FILE…</c>: the reward of the last answer of each row.</summary>
internal static class RewardScoreCommand
{
    public static Command Create(Display display)
    {
        var model = new Argument<string>("model") { Description = "Run folder or checkpoint of a reward model." };
        var files = new Argument<string[]>("files")
        {
            Description = "Files of conversations, in any supported format.", Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string>("--output", "-o") { Description = "JSON Lines file to write.", Required = true };
        var device = DeviceOption.Create();
        var checkpoint = new CheckpointOption();
        var command = new Command("score", "Write the reward of the last answer of each row.") { model, files, output, device };
        checkpoint.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            using var opened = checkpoint.Open(
                parsed, parsed.GetRequiredValue(model), DeviceOption.Resolve(parsed.GetRequiredValue(device)),
                isRewardModel: true);
            var rewards = new RewardModel(opened.Model, opened.LoadChatTemplate());
            ConversationRow[] rows = [.. parsed.GetRequiredValue(files).SelectMany(file => ConversationReader.Read(file))];
            var scores = new List<double>();
            foreach (var row in rows)
            {
                cancellationToken.ThrowIfCancellationRequested();
                scores.Add(rewards.Score(row.Conversation ?? throw new InvalidDataException(
                    $"{row.Location}: the row has tokens, but a reward model reads conversations.")));
            }
            var target = parsed.GetRequiredValue(output);
            RunFolder.WriteFile(target, string.Concat(rows.Zip(scores, (row, reward) =>
                JsonSerializer.Serialize(new { location = row.Location, reward }) + "\n")));
            display.WriteLine(
                $"{Format.Count(rows.Length, "row")}: rewards {Format.Invariant($"{scores.Min():F3} … {scores.Max():F3}")} "
                    + $"→ {Format.RelativePaths(target)}");
            return Task.CompletedTask;
        });
        return command;
    }
}
