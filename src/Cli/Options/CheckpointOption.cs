using System.CommandLine;
using TorchSharp;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;
using TurkishLlm.Runs;

namespace TurkishLlm.Cli.Options;

/// <summary>
/// The option <c>--checkpoint</c>: which checkpoint of a run folder a command uses; and <c>--ema</c>: which of its weights.
/// </summary>
/// <param name="offersAverage">True for commands that use weights and may use their average.</param>
internal sealed class CheckpointOption(bool offersAverage = false)
{
    private readonly Option<bool> _average = new("--ema")
    {
        Description = "Use the moving average of the weights, which a run with training.ema keeps, instead of the weights of the "
            + "step.",
    };

    private readonly Option<string?> _option = new("--checkpoint")
    {
        Description = "Checkpoint of a run folder: best (by checkpoints.best_by), last, or a step such as step-000100 (default: "
            + "best; last if that was not measured).",
        HelpName = "best|last|step",
    };

    public void AddTo(Command command)
    {
        command.Add(_option);
        if (offersAverage) command.Add(_average);
    }

    /// <summary>Finds the model of a command.</summary>
    /// <param name="parsed">The arguments.</param>
    /// <param name="path">Path of the model; see <see cref="ModelPath.Find"/>.</param>
    /// <exception cref="ConfigurationException">The option is none of these, or the path names no run.</exception>
    public ModelPath Find(ParseResult parsed, string path)
    {
        var at = ModelPath.Find(path, Read(parsed)) with { UsesAverage = offersAverage && parsed.GetValue(_average) };
        return at.UsesAverage && !at.IsCheckpoint
            ? throw new ConfigurationException(
                $"--ema chooses the average in a checkpoint, but {path} is an exported model, which has one set of weights.")
            : at;
    }

    /// <summary>Opens the model of a command and writes to standard error which checkpoint it is.</summary>
    /// <inheritdoc cref="Find"/>
    /// <param name="parsed">The arguments.</param>
    /// <param name="path">Path of the model; see <see cref="ModelPath.Find"/>.</param>
    /// <param name="device">Device for the weights.</param>
    /// <param name="tokenizerFolder">Tokenizer folder; null for the tokenizer of the run or model folder.</param>
    /// <param name="isRewardModel">True for a command that scores answers, false for one that generates them.</param>
    public TrainedModel Open(ParseResult parsed, string path, torch.Device device, string? tokenizerFolder = null,
        bool isRewardModel = false)
    {
        var at = Find(parsed, path);
        var model = TrainedModel.Open(at, device, tokenizerFolder, isRewardModel);
        Announce(at, parsed.InvocationConfiguration.Error);
        return model;
    }

    /// <summary>Writes which checkpoint of a run is used; nothing if the path itself names it.</summary>
    public static void Announce(ModelPath at, TextWriter notes)
    {
        if (at.Selection?.Description is { } description && at.Run is { } run)
            notes.WriteLine(Format.RelativePaths($"Using {run.FullPath}, {description}."));
    }

    private CheckpointChoice? Read(ParseResult parsed) => parsed.GetValue(_option) is not { } text ? null
        : CheckpointChoice.TryParse(text) ?? throw new ConfigurationException(
            $"--checkpoint is {text}; it must be best, last, or a step such as step-000100.");
}
