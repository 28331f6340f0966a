namespace TurkishLlm.Model.Formats.PyTorch;

/// <summary>Represents a value of a pickle that is not read, because no weight depends on it.</summary>
internal sealed class PickleIgnored;
