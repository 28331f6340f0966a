namespace TurkishLlm.Model.Formats;

/// <summary>A file of named tensors that can be read as float32.</summary>
public interface ITensorFile : IDisposable
{
    /// <summary>The path of the file.</summary>
    string Path { get; }

    /// <summary>The tensors of the file.</summary>
    IReadOnlyList<SafetensorsTensorInfo> Tensors { get; }

    /// <summary>Reads a tensor, row-major. 16-bit floats are converted exactly, float64 is rounded to nearest.</summary>
    /// <param name="name">One of <see cref="Tensors"/>.</param>
    /// <param name="destination">Receives the elements; as long as the tensor.</param>
    /// <exception cref="InvalidDataException">
    /// The tensor does not exist, does not hold floating-point numbers, or is damaged.
    /// </exception>
    void ReadFloat32(string name, Span<float> destination);
}
