using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels;

namespace TurkishLlm.Tests.Unit.LanguageModels.Foreign;

/// <summary>The requirements of each model and loop.</summary>
internal static class ForeignCatalogs
{
    public static IReadOnlyList<string> Names { get; } = [.. ForeignDecoders.Names, "nanoGPT loop", "Trainer loop"];

    public static IReadOnlyList<ForeignBugReport> Reports { get; } = [.. DecoderBugReports.All, .. LoopBugReports.All];

    public static Catalog Get(string name, ForeignBug bug = ForeignBug.None) => name switch
    {
        "nanoGPT loop" => Judge.Loop(NanoGptLoop.Facts, options => new NanoGptLoop(options, bug)),
        "Trainer loop" => Judge.Loop(TrainerLoop.GetFacts(bug), options => new TrainerLoop(options, bug)),
        _ => Judge.Decoder(ForeignDecoders.Get(name, bug)),
    };
}
